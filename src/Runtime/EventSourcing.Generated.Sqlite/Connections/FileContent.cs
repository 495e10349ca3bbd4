using System.Runtime.CompilerServices;

namespace EventSourcing.Sqlite;

/// <summary>
/// What stands in the database file itself, as long as the writer has it open. Only checkpoints write there, and they announce it: a
/// header that has changed without one was written by something else than SQLite. Content that differs behind an equal header isn't
/// seen. Thread safe.
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

    /// <summary>Whether nothing has written to it since the last checkpoint that was seen.</summary>
    public bool IsUntouched(in FileIdentity database)
    {
        lock (_sync)
        {
            return database.IsThere && database.Written == _database.Written && database.Size == _database.Size;
        }
    }

    /// <summary>Whether something else than SQLite has written to it.</summary>
    /// <param name="open">On any connection to it.</param>
    /// <param name="file">Where it is.</param>
    [SkipLocalsInit]
    public bool IsOverwritten(in OpenFile open, StoreFile file)
    {
        Span<byte> found = stackalloc byte[OpenFile.HeaderSize];
        lock (_sync)
        {
            // In this order: what a checkpoint that is done has written is seen, and one that begins meanwhile is told by the second look.
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
