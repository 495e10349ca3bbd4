using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>What the server says beside its answers.</summary>
internal static class ServerNotices
{
    /// <summary>Whether it says that the server gave up waiting for its standby.</summary>
    // The text of a notice is in the server's language; the name of the routine that warns isn't.
    public static bool IsUnreplicated(PostgresNotice notice) => notice.Routine == "SyncRepWaitForLSN" && notice.InvariantSeverity == "WARNING";
}
