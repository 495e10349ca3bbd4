namespace EventSourcing;

/// <summary>Sets the value of an async flow until it is disposed of.</summary>
internal static class AsyncLocalScope
{
    public static IDisposable Set<T>(AsyncLocal<T?> local, T value)
        where T : class
    {
        var scope = new Scope<T>(local, local.Value);
        local.Value = value;
        return scope;
    }

    private sealed class Scope<T>(AsyncLocal<T?> local, T? before) : IDisposable
        where T : class
    {
        public void Dispose() => local.Value = before;
    }
}
