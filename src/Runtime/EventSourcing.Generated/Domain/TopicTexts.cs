using System.Text;

namespace EventSourcing.CompilerServices;

/// <summary>The topics of an aggregate as text, found by their bytes without an allocation. Thread safe.</summary>
internal static class TopicTexts<TAggregate, TId, TKey>
    where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    where TKey : notnull
{
    // By length, which is different for most of the topics.
    private static readonly (byte[] Bytes, string Text)[][] ByLength = Create();

    /// <summary>Returns a topic as text; null if it isn't one of the aggregate's.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    public static string? Find(ReadOnlySpan<byte> topic)
    {
        if (topic.Length < ByLength.Length)
        {
            foreach (var (bytes, text) in ByLength[topic.Length])
            {
                if (topic.SequenceEqual(bytes))
                {
                    return text;
                }
            }
        }

        return null;
    }

    private static (byte[] Bytes, string Text)[][] Create()
    {
        var topics = TAggregate.GetTopics().SelectMany(t => t).Distinct(StringComparer.Ordinal).Select(t => (Bytes: Encoding.UTF8.GetBytes(t), Text: t)).ToLookup(t => t.Bytes.Length);
        return [.. Enumerable.Range(0, topics.Count == 0 ? 0 : topics.Max(g => g.Key) + 1).Select(length => topics[length].ToArray())];
    }
}
