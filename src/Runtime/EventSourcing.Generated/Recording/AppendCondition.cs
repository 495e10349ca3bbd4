using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>The condition on the stored events under which others are appended. For authors of recorders. Immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class AppendCondition
{
    private readonly string _name;

    private AppendCondition(string name) => _name = name;

    /// <summary>No version of the request is stored yet. Versions may be missing before it.</summary>
    public static AppendCondition VersionsFree { get; } = new(nameof(VersionsFree));

    /// <summary>
    /// The first event of each aggregate follows the last stored one, or has version 1 where none is stored; further events of the aggregate
    /// follow each other. So no version is ever missing. Saves of aggregates have this condition.
    /// </summary>
    public static AppendCondition VersionsNext { get; } = new(nameof(VersionsNext));

    /// <summary>The name of the condition.</summary>
    public override string ToString() => _name;
}
