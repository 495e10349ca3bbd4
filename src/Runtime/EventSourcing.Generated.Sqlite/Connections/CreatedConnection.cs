using System.Data;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>The connections of the user's creator.</summary>
internal static class CreatedConnection
{
    /// <summary>Calls the creator. Its exceptions reach the caller as they are.</summary>
    public static SqliteConnection Create(Func<SqliteConnection> creator, string? path)
    {
        var connection = creator() ?? throw new StoreConfigurationException("The creator of connections returned null instead of a SqliteConnection.");
        var settings = new SqliteConnectionStringBuilder(connection.ConnectionString);
        if (path is null || !settings.Pooling)
        {
            return connection;
        }

        // A pooled connection keeps the file open, and its settings would reach its next user.
        if (connection.State != ConnectionState.Closed)
        {
            connection.Dispose();
            throw new StoreConfigurationException("The creator of connections returned an open connection from the driver's pool. Set Pooling=False, or don't open the connection.");
        }

        settings.Pooling = false;
        connection.ConnectionString = settings.ToString();
        return connection;
    }

    /// <summary>Opens the connection if needed, and checks that it is to the store's file: a writer there must hold the gate of that file.</summary>
    public static void Open(SqliteConnection connection, string? path)
    {
        if (connection.State == ConnectionState.Closed)
        {
            connection.Open();
        }

        var actual = SqliteAddress.PathOf(connection);
        if (path is null ? actual is not null : actual is null || !CanonicalPath.Comparer.Equals(actual, CanonicalPath.Of(path)))
        {
            throw new StoreConfigurationException("The creator of connections returned a connection to a file other than the one in the URL of the store.");
        }
    }
}
