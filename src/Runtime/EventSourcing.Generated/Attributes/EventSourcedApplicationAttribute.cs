namespace EventSourcing;

/// <summary>
/// Marks a partial class as an application: a store of the given aggregates, with a repository, a notification log and the
/// recorders of the providers that the project references.
/// </summary>
/// <remarks>Settings that only one engine has are in an attribute of its package: <c>[PostgreSqlTables]</c> on PostgreSQL.</remarks>
/// <param name="aggregates">The aggregates that the application saves and loads. All have the same kind of key.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventSourcedApplicationAttribute(params Type[] aggregates) : Attribute
{
    /// <summary>The aggregates that the application saves and loads.</summary>
    public IReadOnlyList<Type> Aggregates { get; } = aggregates;

    /// <summary>
    /// The prefix of the table names. By default the name of the class in lower case: <c>trainingschool_events</c>. At most 42 letters (a to z),
    /// digits and underscores, the first a letter or an underscore.
    /// </summary>
    public string? TablePrefix { get; set; }

    /// <summary>
    /// Whether the tables, and on PostgreSQL their schema, are created when the store is opened and has none. True by default.
    /// </summary>
    public bool CreateTables { get; set; } = true;

    /// <summary>
    /// Whether transactions write the pending changes of their Entity Framework contexts before a read. True by default; false overrides the
    /// options of a store.
    /// </summary>
    public bool AutoFlush { get; set; } = true;
}
