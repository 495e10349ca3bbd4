namespace EventSourcing;

/// <summary>The exception for calls on a closed store, in one place, so that each call reports it in the same words.</summary>
internal static class ClosedStore
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">What the call has met, when the closing interrupted it; null for nothing.</param>
    public static ObjectDisposedException Exception(Exception? reason = null) => new("The store is closed.", reason);

    /// <summary>Throws the exception if the store is closed.</summary>
    public static void ThrowIf(bool isClosed)
    {
        if (isClosed)
        {
            throw Exception();
        }
    }
}
