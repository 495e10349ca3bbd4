namespace EventSourcing;

/// <summary>
/// Marks a member that raises an event: a partial constructor, a static partial factory, a partial method, or a partial record that is
/// itself the event. The parameters become the fields of the event.
/// </summary>
/// <remarks>A struct can't be an event. It may carry the attribute, so that one error can say so, and why.</remarks>
/// <param name="name">The name of the event, which is also the name of its type: <c>TrickAdded</c>.</param>
[AttributeUsage(AttributeTargets.Constructor | AttributeTargets.Method | AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class EventAttribute(string name) : Attribute
{
    /// <summary>The name of the event. It becomes the last part of the topic.</summary>
    public string Name { get; } = name;

    /// <summary>The name of the generated type, where the name of the event would collide with another member.</summary>
    public string? TypeName { get; set; }

    /// <summary>The accessibility of the generated record; by default that of the member. Not for records of your own.</summary>
    public EventAccessibility Accessibility { get; set; }

    /// <summary>
    /// For a record of your own: whether aggregates begin with it. Then a private static method <c>Create</c> is generated that takes it and
    /// creates the aggregate. A constructor or factory calls it after its checks.
    /// </summary>
    public bool Creates { get; set; }

    /// <summary>The whole topic, if it isn't the aggregate's topic, a dot, and the name of the event.</summary>
    public string? Topic { get; set; }

    /// <summary>Whole topics that earlier versions of the program wrote. Events stored under them stay readable.</summary>
    public string[] FormerTopics { get; set; } = [];
}
