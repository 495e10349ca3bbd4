using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>The tables of an application, as its attribute describes them for all engines.</summary>
internal sealed record TableModel
{
    /// <summary>The beginning of the tables' names: <c>trainingschool</c>. It passes <see cref="Identifier.IsAllowed(string)"/>.</summary>
    public required string Prefix { get; init; }

    /// <summary>The kind of the keys, which the aggregates determine.</summary>
    public KeyKind Key { get; init; }

    /// <summary>Whether missing tables are created; otherwise the database is refused.</summary>
    public required bool CreateTables { get; init; }

    public string KeyType => Key == KeyKind.Guid ? KnownNames.Guid : "string";
}

/// <summary>What the attribute of an engine's package adds to the tables on this engine.</summary>
internal sealed record TableSettings
{
    /// <summary>The schema; null for an engine without schemas. It passes <see cref="Identifier.IsAllowedSchema"/>.</summary>
    public required string? Schema { get; init; }

    /// <summary>Whether listeners are notified in the transaction that appends; false for an engine that can't do so.</summary>
    public required bool NotifyInTransaction { get; init; }
}
