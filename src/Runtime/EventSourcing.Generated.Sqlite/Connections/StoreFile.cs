using System.Text;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// The file of a database and those beside it, as they were when the store was opened. When another file is found in its place, the store can't
/// be used any more: writes would be lost, or would damage the other file. Thread safe.
/// </summary>
internal sealed class StoreFile(string path)
{
    private readonly byte[] _name = Name(path);
    private readonly byte[] _log = Name(path + "-wal");
    private readonly byte[] _index = Name(path + "-shm");
    private readonly byte[] _folder = Name(System.IO.Path.GetDirectoryName(path) ?? path);
    private FileIdentity? _first;
    private volatile ConnectionFiles? _writer;
    private volatile string? _failure;

    public string Path => path;

    public bool IsReplaced => _failure is not null;

    /// <exception cref="StoreFileReplacedException">The replacement was found earlier.</exception>
    public void ThrowIfReplaced()
    {
        if (_failure is { } failure)
        {
            throw new StoreFileReplacedException(failure);
        }
    }

    /// <summary>Throws if another file is there. Called before a connection is opened, because opening can change the files.</summary>
    public void ThrowIfAnother()
    {
        ThrowIfReplaced();
        if (_first is null && Directory.Exists(path))
        {
            throw new StoreConfigurationException("The path of the database is a folder. Add the name of a file in the folder, as in sqlite:///folder/school.db.");
        }

        if (!FileIdentity.TryOf(_name, out var found))
        {
            return;
        }

        if (_first is { } first)
        {
            if (!found.IsSame(first))
            {
                throw Fail(Replacement.Moved);
            }

            // Checked again, because the writer may be closing, which deletes them.
            if (_writer is { } writer && TryLook(out _, out var log, out var index) && !(log.IsSame(writer.Log) && index.IsSame(writer.Index)) && _writer == writer)
            {
                throw Fail(Replacement.LogGone);
            }
        }
        else if (found.IsThere && found.Links > 1)
        {
            throw new StoreConfigurationException(
                "The database file has a hard link, that is, a second name. SQLite would use a separate log under each name, which destroys the database. Remove the second name; a symbolic link to the file is allowed.");
        }
    }

    /// <summary>Throws unless a connection of another owner has this file open.</summary>
    public void ThrowIfAnother(sqlite3 handle)
    {
        ThrowIfAnother();
        if (OpenFile.IsMoved(handle))
        {
            throw new TransactionException("The database file of the transaction's connection was deleted, renamed or replaced while it was open.");
        }
    }

    /// <summary>Throws if a connection of another owner would write into a log that was cut. It has read before.</summary>
    public void ThrowIfCut(sqlite3 handle)
    {
        var open = new OpenFile(handle);
        if (open.IsKnown && open.IsLogCut())
        {
            throw Fail(Replacement.LogCut);
        }
    }

    /// <summary>The content of the file; null until the writer has opened it.</summary>
    public FileContent? Content { get; private set; }

    /// <summary>Repairs the log after a failed sync.</summary>
    public LogRepair Repair { get; } = new();

    /// <summary>Notes the files that a new connection has opened.</summary>
    public ConnectionFiles Opened(sqlite3 handle, bool isWriter)
    {
        var files = new ConnectionFiles(this, new OpenFile(handle), isWriter ? FolderHandle.TryOpen(_folder) : null);
        if (files.Database is { } database)
        {
            if (_first is { } first && !database.IsSame(first))
            {
                files.Close();
                throw Fail(Replacement.Moved);
            }

            _first = database;
        }

        if (isWriter)
        {
            Content = files.Open.IsKnown ? new FileContent(files.Open, files.Database ?? default) : null;
            _writer = files.Database is null ? null : files;
        }
        else if (files.Find() is { } replaced)
        {
            throw replaced;
        }

        return files;
    }

    /// <summary>Notes that the writer's connection is being closed, which may change the files.</summary>
    public void Closing()
    {
        _writer = null;
        Content = null;
    }

    /// <summary>Marks the store as unusable. The first finding counts.</summary>
    public StoreFileReplacedException Fail(Replacement replacement) => new(_failure ??= replacement switch
    {
        Replacement.Moved =>
            "The database file was deleted, renamed or replaced while the store was open, so the store no longer writes or reads. " +
            "Close the store, put the file back without the -wal and -shm files of another database, and open the store again.",
        Replacement.Overwritten =>
            "The database file was overwritten by a program other than SQLite while the store was open, so the store no longer writes or reads. " +
            "The content of its log is in a file whose name ends in -wal.orphaned. Close the store, restore the file without a -wal and -shm file, and open the store again.",
        Replacement.LogCut =>
            "The write-ahead log of the database, the -wal file, was shortened or overwritten by a program other than SQLite while the store was open, so the store no longer writes or reads. " +
            "Changes that were only in the missing part of the log are lost. Close the store, check the file with PRAGMA integrity_check, and restore it from a backup if events are missing.",
        _ =>
            "The write-ahead log of the database, the -wal or -shm file, was deleted or replaced while the store was open, so the store no longer writes or reads. " +
            "Another handle to the file may have been closed in this process, which releases SQLite's locks. Close the store and open it again.",
    });

    public bool TryLook(out FileIdentity folder) => FileIdentity.TryOf(_folder, out folder);

    public bool TryLook(out FileIdentity database, out FileIdentity log, out FileIdentity index)
    {
        log = index = default;
        return FileIdentity.TryOf(_name, out database) && FileIdentity.TryOf(_log, out log) && FileIdentity.TryOf(_index, out index);
    }

    /// <summary>Identifies the database file; empty if that isn't possible.</summary>
    public FileIdentity LookAtDatabase() => FileIdentity.TryOf(_name, out var database) ? database : default;

    /// <summary>Moves the log away from a file that it doesn't belong to: SQLite would mix both. Nothing is lost by it.</summary>
    public void PutLogAside()
    {
        try
        {
            File.Move(path + "-wal", $"{path}-wal.orphaned-{DateTime.UtcNow:yyyyMMddHHmmssfff}");
        }
        catch (Exception)
        {
            // The message says what to do by hand.
        }
    }

    private static byte[] Name(string path) => [.. Encoding.UTF8.GetBytes(path), 0];
}

/// <summary>How a store's file was replaced.</summary>
internal enum Replacement
{
    None,

    /// <summary>Another file, or none, has its name.</summary>
    Moved,

    /// <summary>Its log, or the memory that all connections share, is gone or is another one.</summary>
    LogGone,

    /// <summary>Its log is the same file, but a program other than SQLite has shortened it or written to it.</summary>
    LogCut,

    /// <summary>It is the same file, but a program other than SQLite has written to it.</summary>
    Overwritten,
}
