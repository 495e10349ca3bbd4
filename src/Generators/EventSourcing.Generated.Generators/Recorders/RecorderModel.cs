using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>What the recorders of an application depend on.</summary>
internal sealed record RecorderModel
{
    /// <summary>The beginning of the tables' names: <c>trainingschool</c>. It passes <see cref="Sql.Identifier.IsAllowed"/>.</summary>
    public required string TablePrefix { get; init; }

    /// <summary>The schema on PostgreSQL. It passes <see cref="Sql.Identifier.IsAllowedSchema"/>.</summary>
    public required string Schema { get; init; }

    public required KeyKind Key { get; init; }

    /// <summary>Whether missing tables are created; otherwise the database is refused.</summary>
    public required bool CreateTables { get; init; }

    /// <summary>Whether listeners on PostgreSQL are told in the transaction that appends.</summary>
    public required bool NotifyInTransaction { get; init; }

    /// <summary>The function that creates connections to SQLite, as an argument; null for the provider's own.</summary>
    public string? SqliteCreator { get; init; }

    /// <summary>The function that creates connections to PostgreSQL, as an argument; null for the provider's own.</summary>
    public string? PostgreSqlCreator { get; init; }

    /// <summary>The name of the events table, unquoted.</summary>
    public string EventsTable => TablePrefix + "_events";
}
