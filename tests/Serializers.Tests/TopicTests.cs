using System.Text;
using EventSourcing.CompilerServices;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>Topics are distinguished to the last byte, however many there are.</summary>
public sealed class TopicTests
{
    [Fact]
    public void Every_topic_finds_its_event_and_no_other_text_does()
    {
        var many = new Many(1);
        many.Do02(1);
        many.Do03(1);
        many.Do04(1);
        many.Do05(1);
        many.Do06(1);
        many.Do07(1);
        many.Do08(1);
        many.Do10(1);
        many.Do11(1);
        many.Do12(1);
        var states = many.PendingEvents.Select(p => (p.Event, Codec.Encode<Many>(p.Event))).ToDictionary(p => p.Item2.Topic, p => (p.Event, p.Item2.State));
        Assert.Equal(11, states.Count);
        foreach (var (topic, (e, state)) in states)
        {
            var bytes = Encoding.UTF8.GetBytes(topic);
            Assert.Equal(e, Codec.Decode<Many>(bytes, state).Event);
            for (var i = 0; i < bytes.Length; i++)
            {
                for (var b = 0; b <= byte.MaxValue; b++)
                {
                    var other = bytes.ToArray();
                    other[i] = (byte)b;
                    Assert.Equal(states.ContainsKey(Encoding.UTF8.GetString(other)), Has<Many>(other));
                }

                Assert.False(Has<Many>(bytes.AsSpan(0, i)));
            }

            Assert.False(Has<Many>([.. bytes, 0]));
        }
    }

    private static bool Has<TAggregate>(ReadOnlySpan<byte> topic)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var text = TopicTexts<TAggregate, Guid, Guid>.Find(topic);
        Assert.True(text is null || text == Encoding.UTF8.GetString(topic), text);
        Assert.Equal(text is not null, IsRead<TAggregate>(topic));
        return text is not null;
    }

    private static bool IsRead<TAggregate>(ReadOnlySpan<byte> topic)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var state = new StateReader("{}"u8, byRules: true);
        try
        {
            return TAggregate.ReadEvent(topic, ref state) is not null;
        }
        catch (StateFormatException)
        {
            return true; // no timestamp
        }
    }
}
