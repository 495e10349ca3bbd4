using System.Security.Authentication;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Converts the driver's exceptions to those of the library. The driver's exception is always the inner one.</summary>
/// <remarks>
/// Only the server's error codes count (PostgreSQL documentation, "PostgreSQL Error Codes"). Npgsql's IsTransient doesn't: it is for work that
/// may be repeated, and also covers failures after which a commit may have happened.
/// </remarks>
internal static class PostgreSqlErrors
{
    private const string IsNotSerializable =
        "The transaction conflicts with reads or writes of a concurrent transaction (40001, a serialization failure). Roll it back, and run it again from its beginning";

    private const string LockIsHeld =
        "Another connection holds a lock on the store or the table for longer than LockTimeout or SaveTimeout allows. The lock belongs to another process, to one of your transactions, " +
        "or to an abandoned connection whose commit is still in progress";

    /// <summary>Returns the meaning of a failed append for its saves.</summary>
    public static AppendFailure Classify(Exception exception)
    {
        if (exception is StoreException)
        {
            return exception is EventsWithheldException ? AppendFailure.Deterministic : AppendFailure.Unusable;
        }

        if (exception is not PostgresException { SqlState: { Length: 5 } state } error || IsFatal(error))
        {
            return AppendFailure.Unknown;
        }

        return state switch
        {
            PostgresErrorCodes.UniqueViolation => AppendFailure.Conflict,
            PostgresErrorCodes.NotNullViolation when error.ColumnName == "originator_version" => AppendFailure.Conflict,
            "40003" or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or "57P05" => AppendFailure.Unknown,
            PostgresErrorCodes.FeatureNotSupported when IsStalePlan(error) => AppendFailure.RolledBack,
            PostgresErrorCodes.LockNotAvailable => AppendFailure.Deterministic,
            PostgresErrorCodes.DiskFull => AppendFailure.Deterministic,
            PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.ReadOnlySqlTransaction
                or "55000" or "55006" or "58000" or "58030" => AppendFailure.RolledBack,
            _ => state[..2] switch
            {
                "40" or "53" => AppendFailure.RolledBack,
                "08" => AppendFailure.Unknown,
                _ => AppendFailure.Deterministic,
            },
        };
    }

    /// <summary>Whether the same read may succeed on another connection, or a little later.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        PostgresException error => error.SqlState[..2] is "08" or "40" or "53" or "57" or "58" || error.SqlState is "25P03" or "55P03" or "55006" or "25006" || IsStalePlan(error),
        NpgsqlException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Whether the server or the way to it failed, while a connection was opened or used.</summary>
    public static bool IsOfConnection(Exception exception) =>
        exception is NpgsqlException or IOException or TimeoutException or System.Net.Sockets.SocketException;

    /// <summary>
    /// Whether the server or an open connection failed. Npgsql throws an <see cref="InvalidOperationException"/> when a connection that broke after
    /// its last answer is used.
    /// </summary>
    public static bool IsOfOpenConnection(Exception exception) =>
        exception is NpgsqlException or IOException or TimeoutException or InvalidOperationException;

    /// <summary>Whether a trigger or function of the user's raised it, with a state of its choice. A transient state is treated as such.</summary>
    private static bool IsRaised(PostgresException error) => error.Routine == "exec_stmt_raise" && !IsTransient(error);

    /// <summary>Whether an insert was refused because the database withholds events of a save. The text is that of the SQL.</summary>
    private static bool IsWithheld(PostgresException error) => IsOfInsert(error, PostgreSqlDialect.Withheld);

    /// <summary>Whether the insert failed on purpose, by casting this text to a number; the server repeats the text.</summary>
    private static bool IsOfInsert(Exception exception, string text) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.InvalidTextRepresentation } error && error.MessageText.Contains(text, StringComparison.Ordinal);

    /// <summary>Whether a position was refused: the number of its statement, and the position that is tracked; null for none.</summary>
    public static bool IsNotTracked(PostgresException error, out int number, out long? tracked)
    {
        (number, tracked) = (0, null);
        if (!IsOfInsert(error, PostgreSqlDialect.NotTracked))
        {
            return false;
        }

        // The server shows the text in quotes, after words in its language.
        var start = error.MessageText.IndexOf(PostgreSqlDialect.NotTracked, StringComparison.Ordinal) + PostgreSqlDialect.NotTracked.Length;
        var text = error.MessageText.AsSpan(start).TrimStart();
        number = (int)(TakeNumber(ref text) ?? 0);
        tracked = TakeNumber(ref text);
        return true;
    }

    /// <summary>Whether a step of a projection was refused: the number of its statement.</summary>
    public static bool IsNotAdvanced(PostgresException error, out int number)
    {
        number = 0;
        if (!IsOfInsert(error, PostgreSqlDialect.NotAdvanced))
        {
            return false;
        }

        var text = error.MessageText.AsSpan(error.MessageText.IndexOf(PostgreSqlDialect.NotAdvanced, StringComparison.Ordinal) + PostgreSqlDialect.NotAdvanced.Length).TrimStart();
        number = (int)(TakeNumber(ref text) ?? 0);
        return true;
    }

    private static long? TakeNumber(ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? text : text[..end];
        text = text[digits.Length..].TrimStart();
        return long.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>Whether the server stopped waiting for a lock of another connection.</summary>
    public static bool IsLockHeld(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>
    /// Whether an insert was refused because the sequence would assign a position that was already passed. The text is that of the SQL.
    /// </summary>
    public static bool IsPositionPassed(Exception exception) => IsOfInsert(exception, PostgreSqlDialect.PassedAlready);

    /// <summary>Whether the server accepts no writes: after a failover another server does, or this one soon.</summary>
    public static bool IsReadOnly(Exception exception) =>
        exception is ReadOnlyServerException or PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>
    /// Whether the connection can't be used any more: it is lost, leads to a server that accepts no writes, or has outdated prepared
    /// statements.
    /// </summary>
    public static bool IsConnectionLost(Exception exception) => exception is not PostgresException error || IsFatal(error) || IsReadOnly(error) || IsStalePlan(error);

    /// <summary>Whether a prepared statement of the connection doesn't fit the altered table any more. On another connection it does.</summary>
    public static bool IsStalePlan(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RevalidateCachedQuery" };

    /// <summary>Creates the exception for a caller that reads, or compares the tables.</summary>
    public static StoreException ToReadException(Exception exception) => exception switch
    {
        _ when IsLockHeld(exception) => new TransientStoreException($"{LockIsHeld}.", exception),
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure } error => new TransientStoreException($"{IsNotSerializable}.", error),
        PostgresException error when IsTransient(error) && error.SqlState != PostgresErrorCodes.DiskFull =>
            new TransientStoreException($"The PostgreSQL server failed temporarily with the state {Describe(error.SqlState)}.", error),
        _ => ToException(exception, "."),
    };

    /// <summary>Creates the exception for a caller that has waited too long for a read, or for a transaction to begin.</summary>
    /// <param name="option">The option that limits the wait.</param>
    /// <param name="exception">The exception that ended the wait, if any.</param>
    public static TransientStoreException Silent(string option = nameof(EventStoreOptions.ReadTimeout), Exception? exception = null) => new($"The PostgreSQL server did not answer within EventStoreOptions.{option}.", exception);

    /// <summary>Creates the exception for a caller when nothing was written.</summary>
    public static StoreException ToException(Exception exception) => ToException(exception, "; nothing was written.");

    private static StoreException ToException(Exception exception, string end) => exception switch
    {
        StoreException known => known,
        PostgresException error => ToException(error),
        NpgsqlException error when FindRefusal(error) is { } refusal => new StoreConfigurationException(refusal, exception),
        ReadOnlyServerException => new TransientStoreException($"{ReadOnlyServerException.Text}{end}", exception),
        NpgsqlException { InnerException: TimeoutException } or TimeoutException =>
            new TransientStoreException($"The PostgreSQL server or the pool of connections didn't answer in time{end}", exception),
        _ => new TransientStoreException($"The PostgreSQL server can't be reached, or the connection was lost{end}", exception),
    };

    private static StoreException ToException(PostgresException error) => error.SqlState switch
    {
        _ when IsRaised(error) => new StoreException(
            $"A trigger or function of the database raised an error with the state {error.SqlState}; nothing was written.", error),
        _ when IsWithheld(error) => new EventsWithheldException(error),
        PostgresErrorCodes.DiskFull => new StorageFullException("The server's disk is full; nothing was written.", error),
        "2200H" => new StorageFullException("The sequence of the events table has no further position; nothing was written.", error),
        _ when IsPositionPassed(error) => new StoreConfigurationException(
            "The sequence of the events table returns positions that were already passed, even after the sequence was raised; nothing was written. The sequence must have an increment of at least 1, no CACHE above 1, and no CYCLE.", error),
        PostgresErrorCodes.LockNotAvailable => new TransientStoreException(
            $"{LockIsHeld}; nothing was written.", error),
        PostgresErrorCodes.SerializationFailure => new TransientStoreException($"{IsNotSerializable}; nothing was written.", error),
        PostgresErrorCodes.InvalidCatalogName => new StoreConfigurationException("The database doesn't exist on the PostgreSQL server.", error),
        PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn =>
            new StoreConfigurationException("The schema, the events table or a column of it is missing in the database.", error),
        PostgresErrorCodes.InsufficientPrivilege => new StoreConfigurationException(
            "The user of the connection lacks a privilege: USAGE on the schema, SELECT and INSERT on the events table, USAGE and SELECT on its sequence; "
            + "also UPDATE on the sequence, if it is behind the assigned positions and must be raised.", error),
        PostgresErrorCodes.ReadOnlySqlTransaction => new TransientStoreException(
            "The server currently accepts no writes: it is a standby, or default_transaction_read_only is on; nothing was written.", error),
        _ => error.SqlState[..2] switch
        {
            "28" => new StoreConfigurationException("The PostgreSQL server refused the user or the password.", error),
            "22" or "54" => new StoreException("The PostgreSQL server refused a value; nothing was written.", error),
            "23" => new StoreException("The event violates a constraint of the events table; nothing was written.", error),
            _ when IsTransient(error) => new TransientStoreException($"The PostgreSQL server failed temporarily with the state {Describe(error.SqlState)}; nothing was written.", error),
            _ => new StoreException($"The PostgreSQL server failed with the state {error.SqlState}; nothing was written.", error),
        },
    };

    /// <summary>
    /// Finds the reason for which the driver refused to connect, and would refuse again; null for other failures. The texts are the driver's, which
    /// exist in English only.
    /// </summary>
    private static string? FindRefusal(Exception exception) => exception switch
    {
        PostgresException error => (ToException(error) as StoreConfigurationException)?.Message,
        NpgsqlException { InnerException: AuthenticationException } =>
            "The TLS connection to the PostgreSQL server was refused: its certificate isn't valid for this host and the root certificate, or the client and the server have no TLS version in common.",
        NpgsqlException { InnerException: AggregateException servers } when servers.InnerExceptions.Select(FindRefusal).ToList() is [{ } first, .. var others] && !others.Contains(null) => first,
        NpgsqlException { InnerException: null } when exception.Message.StartsWith("No password has been provided", StringComparison.Ordinal) =>
            "The PostgreSQL server requires a password, but the address has none.",
        NpgsqlException { InnerException: null } when exception.Message.StartsWith("SSL connection requested", StringComparison.Ordinal) =>
            "The address requires TLS (sslmode, SSL Mode), but the PostgreSQL server doesn't support it.",
        _ => null,
    };

    private static string Describe(string state) => state switch
    {
        PostgresErrorCodes.CannotConnectNow => $"{state} (it is starting or shutting down)",
        PostgresErrorCodes.TooManyConnections => $"{state} (it accepts no more connections)",
        _ => state,
    };

    private static bool IsFatal(PostgresException error) => error.InvariantSeverity is "FATAL" or "PANIC";
}
