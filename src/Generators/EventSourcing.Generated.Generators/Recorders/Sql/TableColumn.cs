namespace EventSourcing.Generators.Recorders.Sql;

/// <summary>A column of a table. CREATE, ALTER, the lists of columns and the comparison with an existing table are made from it.</summary>
/// <param name="Name">Its name, which needs no quotes.</param>
/// <param name="Type">Its type, as the engine calls it.</param>
/// <param name="Constraint">The text after the type; null for none, and then the column may be null.</param>
internal sealed record TableColumn(string Name, string Type, string? Constraint)
{
    /// <summary>Whether a table of the Python package lacks it, so that it is added there.</summary>
    public bool IsAdded => Constraint is null;

    /// <summary>The declaration of the column.</summary>
    public string Declaration => Constraint is null ? $"{Name} {Type}" : $"{Name} {Type} {Constraint}";

    /// <summary>The declarations of columns, one on each line.</summary>
    public static string Declarations(IEnumerable<TableColumn> columns) => string.Join(",\n    ", columns.Select(c => c.Declaration));

    /// <summary>The statement that adds a column to a table.</summary>
    public static string Addition(string table, string name, IEnumerable<TableColumn> columns) =>
        $"ALTER TABLE {table} ADD COLUMN {columns.Single(c => c.Name == name).Declaration}";

    /// <summary>The names of all columns except one.</summary>
    public static string NamesExcept(string except, IEnumerable<TableColumn> columns) => string.Join(", ", columns.Where(c => c.Name != except).Select(c => c.Name));
}
