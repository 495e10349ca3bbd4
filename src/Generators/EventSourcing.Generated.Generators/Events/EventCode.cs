using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Events;

/// <summary>The code that names an event and its surroundings.</summary>
internal static class EventCode
{
    /// <summary>The label of an event in a switch. A record that derives from it isn't the event: its additional data would be lost.</summary>
    /// <param name="e">The event.</param>
    /// <param name="local">The name of the local.</param>
    /// <param name="isUsed">Whether the local is used.</param>
    public static string Case(EventModel e, string local, bool isUsed) => $"case {Pattern(e, local, isUsed)}:";

    /// <summary>The pattern of an event, as in <see cref="Case"/>.</summary>
    /// <param name="e">The event.</param>
    /// <param name="local">The name of the local.</param>
    /// <param name="isUsed">Whether the local is used.</param>
    public static string Pattern(EventModel e, string local, bool isUsed) =>
        e.IsOpen ? $"{e.TypeName} {local} when {local}.GetType() == typeof({e.TypeName})"
        : isUsed ? $"{e.TypeName} {local}"
        : e.TypeName is "e" or "header" ? $"{e.TypeName} _" // otherwise it would be the parameter
        : e.TypeName;

    /// <summary>A member as the body of an event's member names it: a parameter of the same name would hide it.</summary>
    public static string Member(string name, EventModel e) => e.Fields.Any(f => f.Argument == name) ? "this." + name : name;

    /// <summary>The name of the event's type as a part of other names, such as <c>ReadTrickAdded</c>.</summary>
    public static string PlainName(EventModel e) => e.TypeName.TrimStart('@');

    /// <summary>The topics of an event, as a collection expression.</summary>
    public static string Topics(EventModel e) => $"[{string.Join(", ", e.Contract.Topics.Select(Names.Literal))}]";

    /// <summary>A name for a local of the event's type: <c>TrickAdded</c> → <c>trickAdded</c>.</summary>
    public static string Local(EventModel e)
    {
        var name = Names.Camel(PlainName(e));
        return Names.Escape(name is "timestamp" or "writer" or "header" or "e" ? name + "Event" : name);
    }
}
