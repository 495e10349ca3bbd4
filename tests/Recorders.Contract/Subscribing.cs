using EventSourcing;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>Subscriptions to a recorder whose events need not be those of any aggregate.</summary>
public static class Subscribing
{
    /// <summary>A log whose subscriptions depend on hints: they poll once an hour.</summary>
    public static NotificationLog<Guid> Log(IApplicationRecorder<Guid> recorder, EventStoreOptions? options = null) =>
        new AnyApplication(ApplicationContext.Create(recorder, new AnyEvents(), options ?? new() { PollingInterval = TimeSpan.FromHours(1) })).NotificationLog;

    /// <summary>The positions of the next events.</summary>
    public static Task<List<long>> TakeAsync(NotificationLog<Guid> log, long? after, int count, IReadOnlyCollection<string>? topics = null) =>
        TakeAsync(log.SubscribeAsync(after, topics), count);

    /// <inheritdoc cref="TakeAsync(NotificationLog{Guid}, long?, int, IReadOnlyCollection{string}?)"/>
    public static async Task<List<long>> TakeAsync(IAsyncEnumerable<RecordedEvent<Guid>> subscription, int count)
    {
        var positions = new List<long>();
        await foreach (var recording in subscription)
        {
            positions.Add(recording.Position!.Value);
            if (positions.Count == count)
            {
                break;
            }
        }

        return positions;
    }

    /// <summary>Knows every topic but "Poison", and takes every state that is a JSON object.</summary>
    private sealed class AnyApplication(ApplicationContext context) : EventSourcedApplication<Guid>(context);

    private sealed class AnyEvents : EventRegistry<Guid>
    {
        public override string ApplicationName => "Contract";

        public override bool IsRegistered(Type aggregate) => false;

        public override IEvent? ReadEvent(ReadOnlySpan<byte> topic, ref StateReader state)
        {
            if (topic.SequenceEqual("Poison"u8))
            {
                return null;
            }

            try
            {
                return state.Ends() ? new AnyEvent() : null;
            }
            catch (StateFormatException)
            {
                return new AnyEvent(); // JSON without a timestamp
            }
        }
    }

    private sealed class AnyEvent : IEvent;
}

/// <summary>A recorder that passes every call on, and runs an action in between.</summary>
public class HookedRecorder(IApplicationRecorder<Guid> inner) : IApplicationRecorder<Guid>
{
    /// <summary>Runs after each reading of the log, before its caller gets the result.</summary>
    public Func<Task>? AfterRead { get; init; }

    /// <summary>Returns a greatest position other than the actual one.</summary>
    public Func<long?, long?>? Head { get; init; }

    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

    public virtual ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<Guid> request, CancellationToken cancellationToken = default) =>
        inner.AppendAsync(request, cancellationToken);

    public ValueTask ReadStreamAsync(StreamQuery<Guid> query, EventSink<Guid> sink, CancellationToken cancellationToken = default) =>
        inner.ReadStreamAsync(query, sink, cancellationToken);

    public virtual async ValueTask ReadLogAsync(LogQuery query, EventSink<Guid> sink, CancellationToken cancellationToken = default)
    {
        await inner.ReadLogAsync(query, sink, cancellationToken);
        if (AfterRead is { } hook)
        {
            await hook();
        }
    }

    public virtual async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default)
    {
        var head = await inner.GetMaxPositionAsync(cancellationToken);
        return Head is { } hook ? hook(head) : head;
    }

    public virtual AppendWatch Watch() => inner.Watch();

    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => inner.EnsureSchemaAsync(cancellationToken);

    public ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default) => inner.VerifySchemaAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
