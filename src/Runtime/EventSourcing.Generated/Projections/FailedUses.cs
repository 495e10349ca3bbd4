using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>The events of a batch that have failed, or wait behind one that has.</summary>
/// <typeparam name="TKey">The type of the store's keys.</typeparam>
/// <param name="projection">The name of the projection.</param>
/// <param name="request">The batch.</param>
internal sealed class FailedUses<TKey>(string projection, FoldRequest<TKey> request)
    where TKey : notnull
{
    // A fault of the code would otherwise park everything.
    private const int MostParkedKeys = 1000;

    private readonly HashSet<string> _parked = new(StringComparer.Ordinal);
    private readonly HashSet<int> _uses = [];

    public List<FailedEvent> Events { get; } = [];

    /// <summary>Whether no key is parked.</summary>
    public bool IsEmpty => request.Parked.Count + _parked.Count == 0;

    /// <summary>Whether no other key may be parked.</summary>
    public bool IsFull => request.OnError == ProjectionErrorPolicy.Park && request.Parked.Count + _parked.Count >= MostParkedKeys;

    public static FoldError Full(FoldError error) => error with { Reason = $"{MostParkedKeys} keys are parked already, and {error.Reason}" };

    /// <summary>Returns an event whose state can't be read as one that is parked or skipped; null if the projection has to stop.</summary>
    /// <param name="member">The projection.</param>
    /// <param name="exception">Why the event can't be read.</param>
    /// <param name="error">Why the projection has to stop.</param>
    public static FailedEvent? Unreadable(ProjectionMember<TKey> member, StoredEventException exception, out FoldError error)
    {
        error = new(exception.Message, exception);
        var (onError, parked) = (member.Definition.OnError, member.Parked);
        if (onError == ProjectionErrorPolicy.Stop || exception.Position is not { } position || position <= member.Position)
        {
            return null;
        }

        FailedEvent failed = new() { Projection = member.Name, Position = position, Error = exception.Message, IsSkipped = onError == ProjectionErrorPolicy.Skip, Exception = exception };
        if (failed.IsSkipped)
        {
            return failed;
        }

        // Where a column is damaged, the id may be, too.
        if (exception is not (StateDecodeException or PayloadTooLargeException) || exception.AggregateId is not TKey id || !member.Definition.IsKeyedByAggregate(exception.Topic))
        {
            return null;
        }

        failed = failed with { Key = id.ToString()! };
        if (parked.Contains(failed.Key))
        {
            return failed with { Error = null, Exception = null };
        }

        if (parked.Count < MostParkedKeys)
        {
            return failed;
        }

        error = Full(error);
        return null;
    }

    /// <summary>Returns which event it is, for messages.</summary>
    public static string Of(RecordedEvent<TKey> recorded) => $" ({recorded.Topic}, aggregate {MessageText.Show(recorded.AggregateId)}, version {recorded.Header.Version})";

    public bool IsParked(string key) => request.Parked.Contains(key) || _parked.Contains(key);

    public bool Contains(int use) => _uses.Contains(use);

    public void AddWaiting(RecordedEvent<TKey> recorded, string key) =>
        Events.Add(new() { Projection = projection, Position = recorded.Position!.Value, Key = key });

    public void Add(RecordedEvent<TKey> recorded, string? key, int use, FoldError error)
    {
        var isSkipped = request.OnError == ProjectionErrorPolicy.Skip;
        _uses.Add(use);
        if (!isSkipped)
        {
            _parked.Add(key!);
        }

        Events.Add(new()
        {
            Projection = projection,
            Position = recorded.Position!.Value,
            Key = key,
            Error = error.Reason + Of(recorded),
            IsSkipped = isSkipped,
            Exception = error.Exception,
        });
    }
}
