using System.Data;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// The connection of a store transaction, as its user has it. It notes failed statements, because SQLite undoes only the failed statement and
/// would then commit the rest.
/// </summary>
internal sealed class TransactionConnection(string connectionString) : SqliteConnection(connectionString)
{
    // The commands on a created connection, which doesn't know them. A driver's connection has its own list.
    private readonly List<WeakReference<SqliteCommand>> _commands = [];
    private bool _mayClose;

    /// <summary>The connection of the user's creator, which this one uses; null for one of its own.</summary>
    public SqliteConnection? Created { get; init; }

    /// <summary>The log of the current transaction's statements; null when there is none.</summary>
    public StatementLog? Log { get; set; }

    /// <summary>Whether statements of the library have already done what the driver's transaction asks for.</summary>
    public bool IsDone { get; private set; }

    public override sqlite3? Handle => Created is null ? base.Handle : Created.Handle;

    public override ConnectionState State => Created?.State ?? base.State;

    public override string DataSource => Created?.DataSource ?? base.DataSource;

    public override SqliteCommand CreateCommand()
    {
        var command = new TransactionCommand { Connection = this, Transaction = Transaction };
        if (Created is not null)
        {
            _commands.Add(new(command));
        }

        return command;
    }

    /// <summary>In memory the connection is the database, so only the store closes it.</summary>
    public override void Close()
    {
        if (_mayClose)
        {
            if (Created is null)
            {
                base.Close();
            }
            else
            {
                CloseCreated();
            }
        }
        else
        {
            Log?.Fail(new TransactionException("The connection was closed. It belongs to the transaction, which closes it when it ends."));
        }
    }

    private void CloseCreated()
    {
        foreach (var reference in _commands)
        {
            if (reference.TryGetTarget(out var command))
            {
                command.Dispose();
            }
        }

        _commands.Clear();
        Created!.Dispose();
    }

    /// <summary>Lets the next disposal close the connection.</summary>
    public void AllowToClose() => _mayClose = true;

    /// <summary>Creates a transaction of the driver for one that has already begun.</summary>
    public SqliteTransaction Adopt(bool deferred)
    {
        IsDone = true;
        try
        {
            return BeginTransaction(deferred);
        }
        finally
        {
            IsDone = false;
        }
    }

    /// <summary>Ends the driver's transaction after ours. Throws nothing.</summary>
    public void Complete(SqliteTransaction transaction)
    {
        IsDone = true;
        try
        {
            transaction.Dispose();
        }
        catch (Exception)
        {
            // The user has already ended it.
        }
        finally
        {
            IsDone = false;
        }
    }
}

/// <summary>A command whose failures are noted.</summary>
internal sealed class TransactionCommand : SqliteCommand
{
    private StatementLog? Log => (Connection as TransactionConnection)?.Log;

    public override int ExecuteNonQuery()
    {
        if (Connection is TransactionConnection { IsDone: true })
        {
            return 0;
        }

        var result = base.ExecuteNonQuery();
        Log?.Look();
        return result;
    }

    public override object? ExecuteScalar()
    {
        var result = base.ExecuteScalar();
        Log?.Look();
        return result;
    }

    // The driver's other methods all end here.
    public override SqliteDataReader ExecuteReader(CommandBehavior behavior)
    {
        if (Connection is not TransactionConnection connection)
        {
            return base.ExecuteReader(behavior);
        }

        var log = connection.Log ?? throw new TransactionException("The transaction of the connection has ended.");
        var before = log.Begin();
        try
        {
            var reader = base.ExecuteReader(behavior);
            log.Succeed(CommandText);
            return reader;
        }
        catch (Exception exception)
        {
            log.Fail(exception, before);
            throw;
        }
    }
}
