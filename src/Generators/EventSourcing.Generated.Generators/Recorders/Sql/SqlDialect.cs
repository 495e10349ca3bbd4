namespace EventSourcing.Generators.Recorders.Sql;

/// <summary>The SQL of an engine's recorder.</summary>
internal abstract record SqlDialect
{
    /// <summary>The texts of the script that creates the tables.</summary>
    public abstract IReadOnlyList<string> Script(TableNames names);

    /// <summary>All texts, each with the name of the property that takes it.</summary>
    public abstract IEnumerable<(string Name, string Sql)> Events(TableNames names);
}
