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
}
