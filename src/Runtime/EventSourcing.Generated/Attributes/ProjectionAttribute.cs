namespace EventSourcing;

/// <summary>
/// Marks a partial record as a view: a projection whose rows are written by a fold over the events of an application. The positional parameters
/// and properties of the record are the columns of a table, and its methods <c>When</c> are the fold. List it in
/// <see cref="EventSourcedApplicationAttribute"/>.
/// </summary>
/// <param name="name">
/// The name of the projection, of lower-case ASCII letters, digits and underscores, at most 40 characters. The table is named after it:
/// <c>trainingschool_tricks_per_dog</c>.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ProjectionAttribute(string name) : Attribute
{
    /// <summary>The name of the projection.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// The version of the columns and of the fold, at least 1. Raise it with each change of them: the rows are then built again from the first
    /// event. 1 by default.
    /// </summary>
    public int Version { get; set; } = 1;

    /// <summary>What happens with an event that its code can't process. The projection stops by default.</summary>
    public ProjectionErrorPolicy OnError { get; set; }
}
