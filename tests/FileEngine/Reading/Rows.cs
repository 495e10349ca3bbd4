using System.Text;
using EventSourcing.Recording;

namespace EventSourcing.Files;

/// <summary>Gives rows to a sink. No lock is held meanwhile, so that the sink may call the recorder.</summary>
internal static class Rows
{
    public static void Give<TKey>(IReadOnlyList<Notification<TKey>> rows, EventSink<TKey> sink, CancellationToken cancellationToken)
        where TKey : notnull
    {
        foreach (var row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sink.Add(new EventRow<TKey>
            {
                Position = row.Position,
                OriginatorId = row.OriginatorId,
                OriginatorVersion = row.OriginatorVersion,
                Topic = Encoding.UTF8.GetBytes(row.Topic),
                State = row.State.Span,
                Metadata = row.Metadata.Span,
            });
            if (sink.IsFull)
            {
                return;
            }
        }
    }
}
