using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>Written by the generator on every event, so that other assemblies see which topics are taken.</summary>
/// <param name="topics">The topic under which the event is written, then its former topics.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class EventTopicAttribute(params string[] topics) : Attribute
{
    /// <summary>The current topic, then the former ones.</summary>
    public IReadOnlyList<string> Topics { get; } = topics;
}
