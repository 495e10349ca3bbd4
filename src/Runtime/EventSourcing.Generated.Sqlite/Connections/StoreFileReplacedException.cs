namespace EventSourcing.Sqlite;

/// <summary>
/// The database file, or its write-ahead log, was deleted, renamed, replaced, overwritten or shortened while the store was open. Nothing
/// is written or read any more. A retry won't help: close the store, check the file, and open the store again.
/// </summary>
/// <param name="message">What was found, and what to do.</param>
/// <param name="innerException">The driver's exception.</param>
public sealed class StoreFileReplacedException(string message, Exception? innerException = null) : StoreException(message, innerException);
