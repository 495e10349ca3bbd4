using EventSourcing.Recording;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>The state that all recorders of a database file share in this process. A database in memory belongs to one recorder.</summary>
internal sealed class SqliteDatabase
{
    private const int FewestReaders = 4;
    private const int ReadersPerProcessor = 2;

    private static readonly Dictionary<string, SqliteDatabase> OpenFiles = new(CanonicalPath.Comparer);

    private readonly WriterConnection _connection;
    private readonly Func<SqliteConnection>? _creator;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users = 1;

    private SqliteDatabase(string? path, SqliteAddress address)
    {
        File = path is null ? null : new StoreFile(path);
        _connection = new WriterConnection(File, address);
        _creator = address.Creator;
        Appends = new AppendHints(File, address.Creator);
        Writer = new SqliteWriter(Gate, _connection, Appends);
        Readers = new ReaderPool(
            Math.Max(FewestReaders, ReadersPerProcessor * Environment.ProcessorCount),
            File is null ? () => _connection.Get().Share() : () => StoreConnection.OpenReader(File, address.LockTimeout, address.Creator));
    }

    /// <summary>The canonical path; null for a database in memory.</summary>
    public string? Path => File?.Path;

    /// <summary>The file; null for a database in memory.</summary>
    public StoreFile? File { get; }

    public FileGate Gate { get; } = new();

    public SqliteWriter Writer { get; }

    public ReaderPool Readers { get; }

    public AppendHints Appends { get; }

    /// <summary>Tells that a position was tracked, or a step written.</summary>
    public AppendSignal Tracked => Appends.Tracked;

    /// <summary>Returns the database of the file, which stays open until it is released as many times. Opens no connection yet.</summary>
    public static async ValueTask<SqliteDatabase> AcquireAsync(SqliteAddress address)
    {
        if (address.Path is null)
        {
            return new SqliteDatabase(null, address);
        }

        var path = CanonicalPath.Of(address.Path);
        while (true)
        {
            Task closing;
            lock (OpenFiles)
            {
                if (!OpenFiles.TryGetValue(path, out var database))
                {
                    database = new SqliteDatabase(path, address);
                    OpenFiles.Add(path, database);
                    return database;
                }

                if (database._users > 0)
                {
                    database._users++;
                    if (address.IsFullySynchronous)
                    {
                        // If one store asks for more safety, all stores get it.
                        database._connection.MakeFullySynchronous();
                    }

                    return database;
                }

                closing = database._closed.Task;
            }

            await closing.ConfigureAwait(false);
        }
    }

    /// <summary>Opens a session for a store transaction; in memory on the one connection.</summary>
    public StoreConnection OpenForTransaction() =>
        File is null ? _connection.Get().Share() : StoreConnection.OpenForTransaction(File, _connection.IsFullySynchronous, _creator);

    /// <summary>Creates a session on a user's connection to this database; close it before the connection.</summary>
    public StoreConnection On(SqliteConnection connection) => Path is null ? _connection.Get().Share() : StoreConnection.On(connection);

    /// <summary>Whether the connection is to this database.</summary>
    public bool IsReachedBy(SqliteConnection connection) => Path is null
        ? _connection.Get().IsOn(connection)
        : SqliteAddress.PathOf(connection) is { } path && CanonicalPath.Comparer.Equals(path, Path);

    /// <summary>Called after the real commit of an external transaction: wakes the subscriptions, and lets the writer check the log.</summary>
    public void NoteCommit()
    {
        Appends.Set();
        Writer.NoteCommit();
    }

    public async ValueTask ReleaseAsync()
    {
        lock (OpenFiles)
        {
            if (--_users > 0)
            {
                return;
            }
        }

        // The writer's connection must be the last, because the last one tidies up the file.
        await Readers.CloseAsync().ConfigureAwait(false);
        await Appends.EndAsync().ConfigureAwait(false);
        await Writer.StopAsync().ConfigureAwait(false);
        if (Path is not null)
        {
            lock (OpenFiles)
            {
                OpenFiles.Remove(Path);
            }
        }

        _closed.SetResult();
    }
}
