namespace EventSourcing;

/// <summary>
/// Marks a projection of the events of an application. A partial record is a view, whose rows are written by a fold: its positional parameters and
/// properties are the columns of a table, and its methods <c>When</c> are the fold. A partial class has handlers: its methods <c>When</c> write
/// tables of the program's own, in the transaction of the position. List it in <see cref="EventSourcedApplicationAttribute"/>.
/// </summary>
/// <param name="name">
/// The name of the projection, of lower-case ASCII letters, digits and underscores, at most 40 characters. The table of a view is named after it:
/// <c>trainingschool_tricks_per_dog</c>.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ProjectionAttribute(string name) : Attribute
{
    /// <summary>The name of the projection.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// The version of the columns and of the code, at least 1. Raise it with each change of them: the rows are then built again from the first
    /// event. A class with handlers needs a method <c>Reset</c> for it, which empties its tables. 1 by default.
    /// </summary>
    public int Version { get; set; } = 1;

    /// <summary>What happens with an event that its code can't process. The projection stops by default.</summary>
    public ProjectionErrorPolicy OnError { get; set; }

    /// <summary>
    /// Whether the rows are written in the transaction of the save: they are there when it returns, and an event that can't be processed fails its
    /// save. False by default: a runner writes them a moment later.
    /// </summary>
    public bool Inline { get; set; }
}
