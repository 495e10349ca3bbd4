using System.Text;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>The events of an append, for the views that are written in its transaction. Without events that none of them handles.</summary>
internal sealed class InlineEvents<TKey> : InlineViews
    where TKey : notnull
{
    private readonly IReadOnlyList<ProjectionDefinition<TKey>> _views;
    private readonly List<RecordedEvent<TKey>> _events = [];

    /// <param name="store">The store.</param>
    /// <param name="events">The events as they are stored: a fold gets what it would get from the log.</param>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    public InlineEvents(StoreContext<TKey> store, IReadOnlyList<StoredEvent<TKey>> events)
    {
        _views = store.InlineViews;
        foreach (var stored in events)
        {
            if (!_views.Any(view => view.Topics.Contains(stored.Topic)))
            {
                continue;
            }

            var row = new EventRow<TKey>
            {
                Position = EventRow<TKey>.NoPosition,
                OriginatorId = stored.OriginatorId,
                OriginatorVersion = stored.OriginatorVersion,
                Topic = Encoding.UTF8.GetBytes(stored.Topic),
                State = stored.State.Span,
            };
            var @event = store.Codec.Read(row, store.Registry.ReadEvent, store.Registry.ApplicationName, out var timestamp);
            _events.Add(new(null, stored.OriginatorId, new EventHeader(stored.OriginatorVersion, timestamp), stored.Topic, @event, null));
        }
    }

    public override IReadOnlyList<ViewTable> Tables => field ??= [.. _views.Select(static view => view.Table)];

    public override InlineFold Begin(int view, IReadOnlyList<InlineViews> appends) =>
        _views[view].Begin([.. appends.Select(static append => ((InlineEvents<TKey>)append)._events)]);
}
