using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace EventSourcing.Recording;

/// <summary>The numbers of failed events of a projection. Immutable.</summary>
/// <param name="Projection">The name of the projection.</param>
/// <param name="AreSkipped">Whether the events were skipped. Otherwise they are parked.</param>
/// <param name="Count">Their number.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct FailedEventCount(string Projection, bool AreSkipped, long Count);

/// <summary>The table of the events that projections have parked or skipped. Thread safe.</summary>
internal static class FailedEvents
{
    /// <summary>The state of an event that waits for a replay.</summary>
    public const string Parked = "parked";

    /// <summary>The state of a row that asks the owner to process the parked events of a projection again. Its error identifies the request.</summary>
    public const string Replaying = "replaying";

    /// <summary>The state of an event that was skipped.</summary>
    public const string Skipped = "skipped";

    public const int ProjectionColumn = 1;
    public const int StateColumn = 4;

    private const int LongestError = 1000;

    /// <summary>The table.</summary>
    public static ViewTable Table { get; } = new(FailedEventColumns.Name, 1, FailedEventColumns.All);

    /// <summary>Returns changes of the table.</summary>
    /// <param name="failed">The events to add, or to replace.</param>
    /// <param name="processed">The events to remove.</param>
    /// <returns>The changes; null if there are none.</returns>
    public static ViewChanges? Change(IReadOnlyList<FailedEvent> failed, IReadOnlyList<FailedEvent>? processed = null) =>
        failed.Count == 0 && processed is null or { Count: 0 } ? null : new Changes(failed, processed ?? []);

    /// <summary>Returns the failed events of a projection, in their order.</summary>
    public static IAsyncEnumerable<FailedEvent> ReadAsync(IProjectionRecorder recorder, string projection, CancellationToken cancellationToken) =>
        ReadAsync(recorder, ProjectionColumn, projection, projection, cancellationToken);

    /// <summary>Returns the parked events of a projection, in their order, without reading those that were skipped, of which there may be many.</summary>
    public static IAsyncEnumerable<FailedEvent> ReadParkedAsync(IProjectionRecorder recorder, string projection, CancellationToken cancellationToken) =>
        ReadAsync(recorder, StateColumn, Parked, projection, cancellationToken);

    /// <summary>Returns the requests to process parked events again, by the names of the projections.</summary>
    public static async ValueTask<IReadOnlyDictionary<string, string>> FindRequestsAsync(IProjectionRecorder recorder, CancellationToken cancellationToken)
    {
        // One for each projection of a store, of which there are not many.
        var rows = await FindAsync(recorder, StateColumn, Replaying, null, int.MaxValue, cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(static row => row.Event.Projection, static row => row.Event.Error!, StringComparer.Ordinal);
    }

    private static async IAsyncEnumerable<FailedEvent> ReadAsync(
        IProjectionRecorder recorder, int column, string value, string projection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int PageSize = 500;
        for (string? after = null; ;)
        {
            var page = await FindAsync(recorder, column, value, after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var row in page)
            {
                if (!row.IsRequest && row.Event.Projection == projection)
                {
                    yield return row.Event;
                }
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Id;
        }
    }

    private static async ValueTask<List<(string Id, FailedEvent Event, bool IsRequest)>> FindAsync(
        IProjectionRecorder recorder, int column, string value, string? after, int limit, CancellationToken cancellationToken)
    {
        List<(string, FailedEvent, bool)> rows = [];
        await recorder.ReadRowsAsync(
            new()
            {
                Table = Table,
                Kind = ViewQueryKind.Column,
                Column = column,
                WriteValue = (_, writer) => writer.Write(column, value),
                WriteAfter = after is null ? null : writer => writer.Write(0, after),
                Limit = limit,
                MustBeCurrent = true,
            },
            row => rows.Add((row.GetText(0), Read(row), row.GetText(StateColumn) == Replaying)), cancellationToken).ConfigureAwait(false);
        return rows;
    }

    private static FailedEvent Read(ViewRowReader row) => new()
    {
        Projection = row.GetText(ProjectionColumn),
        Position = row.GetInt64(2),
        Key = row.IsNull(3) ? null : row.GetText(3),
        IsSkipped = row.GetText(StateColumn) == Skipped,
        Error = row.IsNull(5) ? null : row.GetText(5),
    };

    private static string IdOf(FailedEvent failed) => string.Create(CultureInfo.InvariantCulture, $"{failed.Projection} {failed.Position:D19} {failed.Key}");

    /// <summary>Returns a text that every engine can store, of limited length.</summary>
    public static string Storable(string text)
    {
        var storable = new System.Text.StringBuilder();
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, LongestError)).EnumerateRunes())
        {
            storable.Append(rune.Value == 0 || rune == System.Text.Rune.ReplacementChar ? "?" : rune.ToString());
        }

        return storable.ToString();
    }

    private sealed class Changes(IReadOnlyList<FailedEvent> failed, IReadOnlyList<FailedEvent> processed) : ViewChanges
    {
        public override ViewTable Table => FailedEvents.Table;

        public override int RowCount => failed.Count;

        public override int DeletedCount => processed.Count;

        public override void WriteRow(int index, ViewRowWriter writer)
        {
            var row = failed[index];
            writer.Write(0, IdOf(row));
            writer.Write(ProjectionColumn, row.Projection);
            writer.Write(2, row.Position);
            WriteText(writer, 3, row.Key);
            writer.Write(StateColumn, row.IsSkipped ? Skipped : Parked);
            WriteText(writer, 5, row.Error is { } error ? Storable(error) : null);
        }

        public override void WriteDeletedKey(int index, ViewRowWriter writer) => writer.Write(0, IdOf(processed[index]));

        private static void WriteText(ViewRowWriter writer, int column, string? text)
        {
            if (text is null)
            {
                writer.WriteNull(column);
            }
            else
            {
                writer.Write(column, text);
            }
        }
    }
}
