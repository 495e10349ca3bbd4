using EventSourcing.Recording;

namespace EventSourcing.Generators.Recorders.Sql;

/// <summary>The names of an application's tables, and the kind of their keys. The SQL of an engine depends on both.</summary>
internal sealed record TableNames
{
    /// <summary>The beginning of the tables' names: <c>trainingschool</c>. It passes <see cref="Identifier.IsAllowed(string)"/>.</summary>
    public required string Prefix { get; init; }

    /// <summary>The schema, on engines that have schemas. It passes <see cref="Identifier.IsAllowedSchema"/>.</summary>
    public required string Schema { get; init; }

    /// <summary>Whether keys are texts; otherwise they are GUIDs.</summary>
    public required bool HasTextKeys { get; init; }

    /// <summary>The name of the events table, unquoted.</summary>
    public string EventsTable => Prefix + "_events";

    /// <summary>The name of the table of tracked positions, unquoted.</summary>
    public string TrackingTable => Prefix + "_tracking";

    /// <summary>The name of the table of the projections' owners and positions, unquoted.</summary>
    public string ProjectionsTable => Prefix + "_projections";

    /// <summary>The name of the table of a view, unquoted.</summary>
    public string ViewTable(string projection) => projection.EndsWith(NextTable.Suffix, StringComparison.Ordinal)
        ? Identifier.Shorten($"{Prefix}_{projection}")
        : $"{Prefix}_{projection}";

    /// <summary>The name of the index of a view, unquoted.</summary>
    public string ViewIndex(string projection, string column) => Identifier.Shorten($"{Prefix}_{projection}_{column}_idx");

    /// <summary>The names of the tables of which one is the events table.</summary>
    public static TableNames OfEventsTable(string table, string schema, bool hasTextKeys) =>
        new() { Prefix = table.Substring(0, table.Length - "_events".Length), Schema = schema, HasTextKeys = hasTextKeys };
}
