namespace EventSourcing;

/// <summary>
/// Marks a partial class as an event-sourced aggregate: its members with <see cref="EventAttribute"/> raise events,
/// its <c>Apply</c> methods change the state, and everything else is generated.
/// </summary>
/// <param name="topic">
/// The first part of the topics of the aggregate's events, as they are stored. Without it the name of the class is used
/// (with the names of its outer classes, without its namespace): <c>Dog.TrickAdded</c>. Topics are data: they outlive the
/// names of classes, so give one before you rename or move the class.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventSourcedAttribute(string? topic = null) : Attribute
{
    /// <summary>The first part of the events' topics, or null for the name of the class.</summary>
    public string? Topic { get; } = topic;

    /// <summary>First parts that earlier versions of the program wrote. Events stored under them stay readable.</summary>
    public string[] FormerTopics { get; set; } = [];

    /// <summary>
    /// The type of the id, where it follows neither from <c>CreateId</c> nor from a parameter <c>id</c>, as in an abstract
    /// base: <see cref="Guid"/>, <see cref="string"/> or a struct with one value of these. <see cref="Guid"/> by default.
    /// </summary>
    public Type? IdType { get; set; }
}
