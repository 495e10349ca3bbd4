using System.Runtime.CompilerServices;

namespace EventSourcing.Sqlite;

/// <summary>
/// Detects writes of other programs to the database file, while the writer has it open. Of SQLite, only checkpoints write there, and they
/// announce it: if a header changes without one, another program wrote it. Content that differs behind an equal header isn't detected. Thread
/// safe.
/// </summary>
internal sealed class FileContent
{
    private readonly Lock _sync = new();
    private readonly byte[] _header = new byte[OpenFile.HeaderSize];
    private FileIdentity _database;
    private OpenFile.Checkpoint _checkpoint;

    public FileContent(in OpenFile open, in FileIdentity database)
    {
        _database = database;
        _checkpoint = open.LastCheckpoint();
        open.TryReadHeader(_header);
    }

    /// <summary>Whether nothing was written to the file since the last checkpoint that was seen.</summary>
    public bool IsUntouched(in FileIdentity database)
    {
        lock (_sync)
        {
            return database.IsThere && database.Written == _database.Written && database.Size == _database.Size;
        }
    }

    /// <summary>Whether a program other than SQLite has written to the file.</summary>
    /// <param name="open">The file, as any connection has it open.</param>
    /// <param name="file">The place of the file.</param>
    [SkipLocalsInit]
    public bool IsOverwritten(in OpenFile open, StoreFile file)
    {
        Span<byte> found = stackalloc byte[OpenFile.HeaderSize];
        lock (_sync)
        {
            // In this order: the writes of a finished checkpoint are seen, and a checkpoint that begins meanwhile is found by the second look.
            var before = open.LastCheckpoint();
            if (!open.TryReadHeader(found))
            {
                return false;
            }

            var isSame = found.SequenceEqual(_header);
            if (isSame && before == _checkpoint)
            {
                return false;
            }

            if (!isSame && _checkpoint.IsDone && open.LastCheckpoint() == _checkpoint)
            {
                return true;
            }

            found.CopyTo(_header);
            _database = file.LookAtDatabase();
            _checkpoint = before;
            return false;
        }
    }
}
