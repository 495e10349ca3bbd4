namespace EventSourcing.Recording;

/// <summary>Starts work that outlives the call that starts it.</summary>
internal static class Background
{
    /// <summary>
    /// Starts the work without the caller's execution context, which would otherwise live as long as the work and apply to other callers.
    /// </summary>
    public static T Start<T>(Func<T> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return work();
        }

        using (ExecutionContext.SuppressFlow())
        {
            return work();
        }
    }
}
