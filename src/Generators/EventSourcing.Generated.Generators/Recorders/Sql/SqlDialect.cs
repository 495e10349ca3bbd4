using EventSourcing.Recording;

namespace EventSourcing.Generators.Recorders.Sql;

/// <summary>The SQL of an engine's recorder.</summary>
internal abstract record SqlDialect
{
    /// <summary>The texts of the script that creates the tables.</summary>
    public abstract IReadOnlyList<string> Script(TableNames names);

    /// <summary>All texts, each with the name of the property that takes it.</summary>
    public abstract IEnumerable<(string Name, string Sql)> Events(TableNames names);

    /// <summary>
    /// All texts for tracked positions, each with the name of the property that takes it. The table is that of the Python package. Before version
    /// 0.15 it had a row for each position, and both columns in its primary key.
    /// </summary>
    public abstract IEnumerable<(string Name, string Sql)> Tracking(TableNames names);

    /// <summary>All texts for the owners and positions of projections, each with the name of the property that takes it.</summary>
    public abstract IEnumerable<(string Name, string Sql)> Projections(TableNames names);

    /// <summary>The texts for a view, each with the name of the property of <c>ViewSql</c> that takes it.</summary>
    public abstract IEnumerable<(string Name, string Sql)> View(TableNames names, string projection, IReadOnlyList<ViewColumn> columns);

    /// <summary>The texts for an index of a view, each with the name of the property of <c>ViewIndexSql</c> that takes it.</summary>
    public abstract IEnumerable<(string Name, string Sql)> ViewIndex(TableNames names, string projection, IReadOnlyList<ViewColumn> columns, ViewColumn column);

    /// <summary>The names of columns in quotes.</summary>
    protected static string Names(IEnumerable<ViewColumn> columns) => string.Join(", ", columns.Select(c => Identifier.Quote(c.Name)));

    /// <summary>What an upsert does with a row whose key is there.</summary>
    protected static string OnConflict(IReadOnlyList<ViewColumn> columns) => columns.Count == 1
        ? "DO NOTHING"
        : $"DO UPDATE SET {string.Join(", ", columns.Skip(1).Select(c => $"{Identifier.Quote(c.Name)} = excluded.{Identifier.Quote(c.Name)}"))}";
}
