using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>The tables of an application, as the attribute describes them.</summary>
internal sealed record TableModel
{
    /// <summary>The beginning of the tables' names: <c>trainingschool</c>. It passes <see cref="Sql.Identifier.IsAllowed(string)"/>.</summary>
    public required string Prefix { get; init; }

    /// <summary>The schema, on engines that have schemas. It passes <see cref="Sql.Identifier.IsAllowedSchema"/>.</summary>
    public required string Schema { get; init; }

    /// <summary>The kind of the keys, which the aggregates determine.</summary>
    public KeyKind Key { get; init; }

    /// <summary>Whether missing tables are created; otherwise the database is refused.</summary>
    public required bool CreateTables { get; init; }

    /// <summary>Whether listeners are notified in the transaction that appends, on engines that can do so.</summary>
    public required bool NotifyInTransaction { get; init; }

    /// <summary>The name of the events table, unquoted.</summary>
    public string EventsTable => Names.EventsTable;

    /// <summary>The names and keys that the SQL depends on.</summary>
    public TableNames Names => new() { Prefix = Prefix, Schema = Schema, HasTextKeys = Key != KeyKind.Guid };

    public string KeyType => Key == KeyKind.Guid ? KnownNames.Guid : "string";
}
