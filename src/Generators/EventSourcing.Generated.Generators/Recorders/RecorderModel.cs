namespace EventSourcing.Generators.Recorders;

/// <summary>What the recorders of an application depend on.</summary>
internal sealed record RecorderModel
{
    /// <summary>The beginning of the tables' names: <c>trainingschool</c>. It passes <see cref="Sql.Identifier.IsAllowed"/>.</summary>
    public required string TablePrefix { get; init; }

    public required KeyKind Key { get; init; }

    /// <summary>Whether missing tables are created; otherwise the database is refused.</summary>
    public required bool CreateTables { get; init; }
}
