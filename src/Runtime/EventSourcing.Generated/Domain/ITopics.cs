using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>What has topics: an event, or an aggregate with all of its events. Implemented by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ITopics
{
    /// <summary>The topics under which it is stored now, and those under which it was stored before.</summary>
    static abstract IReadOnlyList<string> All { get; }
}
