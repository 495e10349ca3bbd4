using System.ComponentModel;
using System.Runtime.CompilerServices;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Reads the rows of a view. Inside a transaction of the store, in the same async flow, reads take part in it. Thread safe.
/// </summary>
/// <typeparam name="TRow">The record, which is a row.</typeparam>
/// <typeparam name="TRowKey">The type of its key.</typeparam>
public sealed class View<TRow, TRowKey>
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull
{
    /// <summary>The default maximum number of rows of a page.</summary>
    public const int DefaultPageSize = 500;

    /// <summary>How long a read waits for a position by default.</summary>
    public static readonly TimeSpan DefaultTimeout = PositionWait.DefaultTimeout;

    private readonly IViewSource _source;

    internal View(IViewSource source) => _source = source;

    /// <summary>Returns the row of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="atLeast">
    /// The position of an event whose effect the row must have: that of your own save, to read what you have written. Null to read what is there.
    /// </param>
    /// <param name="timeout">How long to wait for the position; null for <see cref="DefaultTimeout"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The row; null if there is none.</returns>
    /// <exception cref="TrackingTimeoutException">
    /// The projection hasn't reached the position within the time. If the database was busy or unavailable at last, the failure is the inner exception.
    /// </exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<TRow?> GetAsync(TRowKey key, long? atLeast = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        await WaitForAsync(atLeast, timeout, cancellationToken).ConfigureAwait(false);
        var rows = await ReadAsync(
            new() { Table = TRow.Table, Kind = ViewQueryKind.Keys, KeyCount = 1, WriteValue = (_, writer) => TRow.WriteKey(key, writer) }, cancellationToken).ConfigureAwait(false);
        return rows is [var row] ? row : null;
    }

    /// <summary>Returns the first rows, in the order of their keys.</summary>
    /// <param name="limit">The maximum number of rows, at least 1.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<IReadOnlyList<TRow>> GetPageAsync(int limit = DefaultPageSize, CancellationToken cancellationToken = default) =>
        GetPageAsync(null, limit, cancellationToken);

    /// <summary>Returns the rows whose keys follow a key, in their order.</summary>
    /// <param name="after">The key of the last row of the page before. The row itself need not be there.</param>
    /// <param name="limit">The maximum number of rows, at least 1.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<IReadOnlyList<TRow>> GetPageAfterAsync(TRowKey after, int limit = DefaultPageSize, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(after);
        return GetPageAsync(writer => TRow.WriteKey(after, writer), limit, cancellationToken);
    }

    /// <summary>Reads all rows, page by page, in the order of their keys. Rows that change meanwhile are returned as before or as after the change.</summary>
    /// <param name="pageSize">The number of rows in a page, at least 1. No connection is held while the caller works.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public IAsyncEnumerable<TRow> ReadAllAsync(int pageSize = DefaultPageSize, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pageSize, 1);
        return ReadPagesAsync(pageSize, cancellationToken);
    }

    /// <summary>Waits until the projection has processed the events up to a position.</summary>
    /// <param name="position">The position of an event; null doesn't wait.</param>
    /// <param name="timeout">How long to wait; null for <see cref="DefaultTimeout"/>.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TrackingTimeoutException">
    /// The projection hasn't reached the position within the time. If the database was busy or unavailable at last, the failure is the inner exception.
    /// </exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    public ValueTask WaitForAsync(long? position, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        position is { } at ? _source.WaitForAsync(TRow.Table, at, timeout ?? DefaultTimeout, cancellationToken) : default;

    /// <summary>Returns rows by the value of a column with an index. Generated code calls it.</summary>
    /// <param name="column">The number of the column.</param>
    /// <param name="writeValue">Writes the value to the column.</param>
    /// <param name="writeAfter">Writes the key after which the rows begin; null for the first rows.</param>
    /// <param name="limit">The maximum number of rows, at least 1.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ValueTask<IReadOnlyList<TRow>> FindAsync(
        int column, Action<ViewRowWriter> writeValue, Action<ViewRowWriter>? writeAfter, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writeValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(
            new()
            {
                Table = TRow.Table,
                Kind = ViewQueryKind.Column,
                Column = column,
                WriteValue = (_, writer) => writeValue(writer),
                WriteAfter = writeAfter,
                Limit = limit,
            },
            cancellationToken);
    }

    private ValueTask<IReadOnlyList<TRow>> GetPageAsync(Action<ViewRowWriter>? writeAfter, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(new() { Table = TRow.Table, Kind = ViewQueryKind.All, WriteAfter = writeAfter, Limit = limit }, cancellationToken);
    }

    private async IAsyncEnumerable<TRow> ReadPagesAsync(int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = await GetPageAsync(pageSize, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            foreach (var row in page)
            {
                yield return row;
            }

            if (page.Count < pageSize)
            {
                yield break;
            }

            page = await GetPageAfterAsync(TRow.GetKey(page[^1]), pageSize, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<IReadOnlyList<TRow>> ReadAsync(ViewQuery query, CancellationToken cancellationToken)
    {
        List<TRow> rows = [];
        try
        {
            await _source.ReadRowsAsync(query, reader => rows.Add(ViewRows<TRow, TRowKey>.Read(reader)), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException exception) when (!exception.IsTransient)
        {
            if (await _source.FindVersionAsync(TRow.Table, cancellationToken).ConfigureAwait(false) is { } version && version != TRow.Table.Version)
            {
                throw new StoreConfigurationException(
                    $"The rows of the view '{TRow.Table.Projection}' are of version {version}, but this program has version {TRow.Table.Version}. {(version < TRow.Table.Version ? "A runner with this version builds them again when it starts." : "Deploy the newer program.")}", exception);
            }

            throw;
        }
        catch (StateFormatException exception)
        {
            throw new ArgumentException($"A value of the query can't be stored, so no row has it: {exception.Message}.");
        }

        return rows;
    }
}
