using System.Text;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using Vogen;
using Xunit;

namespace EventSourcing.Serializers.Tests;

[ValueObject<Guid>]
public readonly partial struct CaseId;

[ValueObject<string>]
public sealed partial class Title
{
    private static Validation Validate(string input) => input.Length > 0 ? Validation.Ok : Validation.Invalid("A title is not empty.");
}

[ValueObject(typeof(decimal))]
public partial record struct Price;

[ValueObject]
public partial record class Amount;

/// <summary>An event of types that the generator Vogen completes, and an id of such a type.</summary>
[EventSourced]
public sealed partial class Case
{
    [Event("Opened")]
    public partial Case(CaseId id, Title title, Price? price, List<Amount> amounts, Dictionary<CaseId, Title?> others);

    private void Apply(Opened e) => _ = e;
}

/// <summary>The real Vogen: both generators run in one compilation, and don't see each other's output.</summary>
public class VogenTests
{
    private static readonly CaseId Id = CaseId.From(new Guid("00112233-4455-6677-8899-aabbccddeeff"));

    private static Case New() => new(Id, Title.From("t"), Price.From(1.50m), [Amount.From(3)], new() { [Id] = null });

    [Fact]
    public void Values_of_Vogen_are_written_bare()
    {
        var pending = Assert.Single(New().PendingEvents);
        var (state, e) = Trip(New(), pending, s => s);
        Assert.EndsWith(""","title":"t","price":1.50,"amounts":[3],"others":{"00112233-4455-6677-8899-aabbccddeeff":null}}""", state, StringComparison.Ordinal);
        var (expected, read) = ((Case.Opened)pending.Event, (Case.Opened)e);
        Assert.Equal((expected.Title, expected.Price), (read.Title, read.Price));
        Assert.Equal(expected.Amounts, read.Amounts);
        Assert.Equal(expected.Others, read.Others);
    }

    [Fact]
    public void A_value_that_Vogen_refuses_is_a_typed_error()
    {
        var pending = Assert.Single(New().PendingEvents);
        Assert.Throws<StateDecodeException>(() => Trip(New(), pending, s => s.Replace("\"t\"", "\"\"", StringComparison.Ordinal)));
    }

    private static (string State, IEvent Event) Trip(Case aggregate, PendingEvent pending, Func<string, string> change)
    {
        using var encoder = EventSourcing.Serialization.StateEncoder.Rent();
        var topic = encoder.Write(aggregate, pending);
        var state = change(Encoding.UTF8.GetString(encoder.Slice(0, encoder.Length).Span));
        return (state, Read<Case, CaseId>(topic, state));
    }

    private static IEvent Read<TAggregate, TId>(string topic, string state)
        where TAggregate : class, IAggregate<TAggregate, TId, Guid>
    {
        var row = new EventRow<Guid> { OriginatorId = Id.Value, OriginatorVersion = 1, Position = 1, Topic = Encoding.UTF8.GetBytes(topic), State = Encoding.UTF8.GetBytes(state) };
        return EventSourcing.Serialization.StateDecoder.Read(row, TAggregate.ReadEvent, "Case", 16 << 20, out _);
    }
}
