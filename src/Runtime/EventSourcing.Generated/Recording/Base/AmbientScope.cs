namespace EventSourcing.Recording;

/// <summary>The transaction or session of an async flow in a store. The store finds it, so that saves of other stores don't join.</summary>
/// <param name="store">The recorder of the application.</param>
internal sealed class AmbientScope(object store) : IDisposable
{
    // The list never changes, so that a forked flow keeps what it had.
    private static readonly AsyncLocal<Node?> Flow = new();

    /// <summary>The store.</summary>
    public object Store => store;

    /// <summary>The unit of work; null while it begins.</summary>
    public object? Work { get; set; }

    /// <summary>Whether the begin has failed. The scope then counts as none.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether the flow has no scope. The check costs next to nothing.</summary>
    public static bool IsNone => Flow.Value is null;

    /// <summary>All scopes of this flow, the innermost first.</summary>
    public static IEnumerable<AmbientScope> All
    {
        get
        {
            for (var node = Flow.Value; node is not null; node = node.Outer)
            {
                if (!node.Scope.HasFailed)
                {
                    yield return node.Scope;
                }
            }
        }
    }

    /// <summary>Finds the innermost scope of a store in this flow.</summary>
    public static AmbientScope? Find(object store)
    {
        for (var node = Flow.Value; node is not null; node = node.Outer)
        {
            if (node.Scope.Store == store && !node.Scope.HasFailed)
            {
                return node.Scope;
            }
        }

        return null;
    }

    /// <summary>Enters the scope in this flow. Call it in the caller's own frame, not in an async method.</summary>
    /// <returns>This scope.</returns>
    public AmbientScope Enter()
    {
        Flow.Value = new Node(this, Flow.Value);
        return this;
    }

    /// <summary>Leaves the scope in this flow, if it was entered. Scopes that were entered since stay.</summary>
    public void Dispose() => Flow.Value = Without(Flow.Value);

    private Node? Without(Node? node) => node is null ? null : node.Scope == this ? node.Outer : Contains(node) ? new Node(node.Scope, Without(node.Outer)) : node;

    private bool Contains(Node? node)
    {
        for (; node is not null; node = node.Outer)
        {
            if (node.Scope == this)
            {
                return true;
            }
        }

        return false;
    }

    private sealed record Node(AmbientScope Scope, Node? Outer);
}

/// <summary>A unit of work of any key.</summary>
internal interface IHasTransaction
{
    /// <summary>The transaction of the provider; null while there is none.</summary>
    object? Transaction { get; }
}
