using System.Data;
using System.Data.Common;
using EventSourcing.Recording;

namespace EventSourcing.Tests.Applications;

/// <summary>An application on the test's own recorder.</summary>
[EventSourcedApplication(typeof(Dog))]
internal sealed partial class HookedYard
{
    public static HookedYard Over(IApplicationRecorder<Guid> recorder, EventStoreOptions? options = null) => Create(recorder, options ?? new EventStoreOptions());

    /// <summary>Saves any aggregate, which the typed methods don't allow.</summary>
    public ValueTask<IReadOnlyList<RecordedEvent<Guid>>> SaveAnyAsync(IAggregate<Guid> aggregate, CancellationToken cancellationToken) => SaveAsync(aggregate, cancellationToken);
}

/// <summary>Keeps events in memory. Its calls can be made to fail, and its log to look like another one.</summary>
internal sealed class HookedRecorder : IApplicationRecorder<Guid>
{
    private readonly InMemoryRecorder<Guid> _inner = new();

    /// <summary>Called before each save.</summary>
    public Action? Inserting { get; set; }

    /// <summary>Called before each read of the log, with its topics.</summary>
    public Func<IReadOnlyCollection<string>?, ValueTask>? Reading { get; set; }

    /// <summary>Called for each row of the log; false hides the row.</summary>
    public Func<long, bool>? HasRow { get; set; }

    /// <summary>The state of the log; null for the state of the recorder in memory.</summary>
    public LogState? State { get; set; }

    /// <summary>The signal of appends; null for the signal of the recorder in memory.</summary>
    public AppendSignal? Signal { get; set; }

    public List<FakeSession> Sessions { get; } = [];

    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => default;

    public ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<Guid> request, CancellationToken cancellationToken = default)
    {
        Inserting?.Invoke();
        return _inner.AppendAsync(request, cancellationToken);
    }

    public ValueTask ReadStreamAsync(StreamQuery<Guid> query, EventSink<Guid> sink, CancellationToken cancellationToken = default) =>
        _inner.ReadStreamAsync(query, sink, cancellationToken);

    public async ValueTask ReadLogAsync(LogQuery query, EventSink<Guid> sink, CancellationToken cancellationToken = default)
    {
        if (Reading is { } reading)
        {
            await reading(query.Topics);
        }

        await _inner.ReadLogAsync(query, HasRow is null ? sink : new FilteringSink(sink, HasRow), cancellationToken);
    }

    public async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
        State is { } state ? state.GreatestPosition : await _inner.GetMaxPositionAsync(cancellationToken);

    public async ValueTask<LogState> GetLogStateAsync(CancellationToken cancellationToken = default) =>
        State ?? new LogState { GreatestPosition = await _inner.GetMaxPositionAsync(cancellationToken) };

    public AppendWatch Watch() => Signal?.Watch() ?? _inner.Watch();

    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => default;

    public ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default) => new([]);

    public ValueTask<RecorderTransaction<Guid>> BeginAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        _inner.BeginAsync(readOnly, isolationLevel, cancellationToken);

    public RecorderTransaction<Guid> Join(DbTransaction transaction)
    {
        Sessions.Add(new FakeSession(_inner));
        return Sessions[^1];
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private sealed class FilteringSink(EventSink<Guid> sink, Func<long, bool> hasRow) : EventSink<Guid>
    {
        public override bool IsFull => sink.IsFull;

        public override void Add(in EventRow<Guid> row)
        {
            if (hasRow(row.Position))
            {
                sink.Add(row);
            }
        }
    }
}

/// <summary>A transaction of another owner that counts its calls.</summary>
internal sealed class FakeSession(InMemoryRecorder<Guid> recorder) : RecorderTransaction<Guid>
{
    public List<StoredEvent<Guid>> Written { get; } = [];

    public int Commits { get; private set; }

    public int Disposals { get; private set; }

    public override DbConnection Connection => throw new NotSupportedException();

    public override DbTransaction DbTransaction => throw new NotSupportedException();

    public override bool IsUsable => Disposals == 0;

    public override ValueTask ReadStreamAsync(StreamQuery<Guid> query, EventSink<Guid> sink, CancellationToken cancellationToken) =>
        recorder.ReadStreamAsync(query, sink, cancellationToken);

    public override ValueTask ReadLogAsync(LogQuery query, EventSink<Guid> sink, CancellationToken cancellationToken) =>
        recorder.ReadLogAsync(query, sink, cancellationToken);

    public override ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) => recorder.GetMaxPositionAsync(cancellationToken);

    public override ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<Guid> request, CancellationToken cancellationToken)
    {
        var first = Written.Count + 1;
        Written.AddRange(request.Events);
        return new([.. Enumerable.Range(first, request.Events.Count).Select(i => (long)i)]);
    }

    public override ValueTask<IReadOnlyList<long>> CommitAsync(AppendRequest<Guid> request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override void Committed() => Commits++;

    public override ValueTask DisposeAsync()
    {
        Disposals++;
        return default;
    }
}

/// <summary>Another owner's transaction; only its identity matters.</summary>
internal sealed class FakeTransaction : DbTransaction
{
    public override IsolationLevel IsolationLevel => IsolationLevel.Unspecified;

    protected override DbConnection? DbConnection => null;

    public override void Commit()
    {
    }

    public override void Rollback()
    {
    }
}
