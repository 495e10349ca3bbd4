using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>
/// The base class that is generated for an application whose constructor has an error. It accepts a constructor that passes no context, so that
/// the compiler reports nothing besides that error.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class FaultyApplication<TKey> : EventSourcedApplication<TKey>
    where TKey : notnull
{
    /// <summary>Accepts a constructor that passes no context.</summary>
    protected FaultyApplication()
        : base(null!)
    {
    }

    /// <inheritdoc/>
    protected FaultyApplication(ApplicationContext context)
        : base(context)
    {
    }
}
