using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>The view in the transaction of saves: an event that fails ends the fold.</summary>
public sealed partial class ViewProjection<TRow, TRowKey, TKey>
{
    internal override InlineFold Begin(IReadOnlyList<IReadOnlyList<RecordedEvent<TKey>>> appends) => new Inline(this, appends);

    private sealed class Inline : InlineFold
    {
        private readonly ViewProjection<TRow, TRowKey, TKey> _view;
        private readonly FoldRequest<TKey> _request;
        private readonly List<int> _appends = []; // of each event
        private readonly ViewBatch<TRow, TRowKey> _batch = new();
        private ProjectionException? _failure;

        public Inline(ViewProjection<TRow, TRowKey, TKey> view, IReadOnlyList<IReadOnlyList<RecordedEvent<TKey>>> appends)
        {
            _view = view;
            for (var i = 0; i < appends.Count; i++)
            {
                _appends.AddRange(Enumerable.Repeat(i, appends[i].Count));
            }

            _request = new([.. appends.SelectMany(static append => append)], ProjectionErrorPolicy.Stop) { IsOfSaves = true };

            // Thrown by the fold: the view may have to be left to a runner.
            _failure = view.FindRows(_request, _batch);
        }

        public override ViewQuery? Query => _batch.Rows.Count == 0 ? null : _view.QueryOf(_batch.Rows);

        public override void Add(ViewRowReader row)
        {
            try
            {
                _batch.Add(ViewRows<TRow, TRowKey>.Read(row));
            }
            catch (StoreException exception)
            {
                // Of this row, and not of the database.
                _failure ??= ProjectionException.OfSave(_view.Table.Projection, exception.Message, exception);
            }
        }

        public override ViewChanges? Fold(Predicate<int>? isLeftOut)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            var failed = new FailedUses<TKey>(_view.Table.Projection, _request);
            for (var i = 0; i < _batch.Uses.Count; i++)
            {
                var use = _batch.Uses[i];
                if (isLeftOut?.Invoke(_appends[use.Event]) == true)
                {
                    continue;
                }

                if (TryFold(_request, _batch, i, failed) is { } error)
                {
                    throw _view.Failure(_request, _request.Events[use.Event], error);
                }

                use.Row!.Now = use.Row.Next;
            }

            return _view.Changes(_batch.Rows);
        }
    }
}
