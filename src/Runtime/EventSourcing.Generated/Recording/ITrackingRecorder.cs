using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>
/// Reads the tracked positions of a database. They are written with an <see cref="AppendRequest{TKey}"/>, in the transaction of the effect.
/// Implementations are thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ITrackingRecorder
{
    /// <summary>Returns the greatest tracked position; null if none is tracked. The table need not exist.</summary>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<long?> GetPositionAsync(string name, CancellationToken cancellationToken);

    /// <summary>Creates the table if it is missing, even if the creation of tables is off.</summary>
    /// <param name="cancellationToken">Cancels the call. The table may then be created or not.</param>
    /// <exception cref="StoreConfigurationException">Another table has its name.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask EnsureSchemaAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Changes a table of the Python package before version 0.15, with a row for each position, to one with a row for each name. The old
    /// package can't write to it any more.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call. The table may then be changed or not.</param>
    /// <returns>Whether it was changed; false if it has one row for each name, or doesn't exist.</returns>
    /// <exception cref="StoreException">The database refused or failed, and nothing is changed.</exception>
    ValueTask<bool> MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Starts to watch for tracked positions. The store must be open.</summary>
    /// <returns>The watch, which ends when it is disposed.</returns>
    AppendWatch Watch();
}
