using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>A type with topics: an event, or an aggregate with all of its events. Implemented by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ITopics
{
    /// <summary>The current topics and the former topics.</summary>
    static abstract string[] All { get; }
}
