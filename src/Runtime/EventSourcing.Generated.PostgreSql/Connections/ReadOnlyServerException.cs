using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The server is in recovery. Events that are missing there may still be committed, so another server, or this one once it is promoted, has to
/// be asked. It never leaves the library.
/// </summary>
internal sealed class ReadOnlyServerException() : NpgsqlException(Text)
{
    /// <summary>The message: the problem, and what to change.</summary>
    public const string Text =
        "The PostgreSQL server is a standby, which accepts no writes and may lag behind. " +
        "Use the address of the primary, or specify all servers: Host=one,two or postgresql://user@one,two/database finds the server that accepts writes";
}
