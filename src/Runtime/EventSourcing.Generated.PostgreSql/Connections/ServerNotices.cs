using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Recognizes notices of the server.</summary>
internal static class ServerNotices
{
    /// <summary>Whether the notice says that the server stopped waiting for its standby.</summary>
    // The text of a notice is in the server's language; the name of the routine isn't.
    public static bool IsUnreplicated(PostgresNotice notice) => notice.Routine == "SyncRepWaitForLSN" && notice.InvariantSeverity == "WARNING";
}
