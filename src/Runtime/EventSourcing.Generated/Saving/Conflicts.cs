using System.Data.Common;

namespace EventSourcing;

/// <summary>Recognizes failures that may be gone when the work runs again from its beginning, in a new transaction.</summary>
internal static class Conflicts
{
    // SQL standard, class 40, and PostgreSQL documentation, "Serialization Failure Handling". The server has rolled back everything.
    private const string SerializationFailure = "40001";
    private const string Deadlock = "40P01";

    /// <summary>Whether it is a conflict: a version that is taken; or a serialization failure or deadlock, which may be about other tables.</summary>
    public static bool IsOne(Exception failure)
    {
        if (failure is ConcurrencyException)
        {
            return true;
        }

        // Work that may be committed must not run again.
        if (failure is InDoubtException)
        {
            return false;
        }

        return Causes.Of(failure).Any(static cause => cause is DbException { SqlState: SerializationFailure or Deadlock });
    }
}
