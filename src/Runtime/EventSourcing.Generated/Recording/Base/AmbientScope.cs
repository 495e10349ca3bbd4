namespace EventSourcing;

/// <summary>What an async flow does in a store: a transaction or a session. Found by the store, so that no other store's saves join.</summary>
/// <param name="store">The recorder of the application.</param>
internal sealed class AmbientScope(object store) : IDisposable
{
    // A list that never changes, so that a flow that was forked off keeps what it had.
    private static readonly AsyncLocal<Node?> Flow = new();

    /// <summary>The store.</summary>
    public object Store => store;

    /// <summary>The unit of work; null while it is being begun.</summary>
    public object? Work { get; set; }

    /// <summary>Beginning it has failed: then it counts as none.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether the flow has no scope, which costs next to nothing to ask.</summary>
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

    /// <summary>The innermost scope of a store in this flow.</summary>
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

    /// <summary>Begins to hold in this flow. To be called in the caller's own frame, not in an async method.</summary>
    /// <returns>Itself.</returns>
    public AmbientScope Enter()
    {
        Flow.Value = new Node(this, Flow.Value);
        return this;
    }

    /// <summary>Ends to hold in this flow, if it does. Others that were entered since stay.</summary>
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
