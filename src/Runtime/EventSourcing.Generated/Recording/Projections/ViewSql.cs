using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>The SQL of a view on one engine. Generated code passes it to the recorder.</summary>
/// <param name="table">The view.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ViewSql(ViewTable table)
{
    /// <summary>The view.</summary>
    public ViewTable Table { get; } = table;

    /// <summary>Creates the table.</summary>
    public required string CreateTable { get; init; }

    /// <summary>Drops the table.</summary>
    public required string DropTable { get; init; }

    /// <summary>Inserts rows, or replaces them: the columns.</summary>
    public required string Upsert { get; init; }

    /// <summary>Deletes rows: the keys.</summary>
    public required string Delete { get; init; }

    /// <summary>The rows of keys: the keys.</summary>
    public required string SelectKeys { get; init; }

    /// <summary>The first rows: the limit.</summary>
    public required string SelectPage { get; init; }

    /// <summary>The rows after a key: the key, the limit.</summary>
    public required string SelectPageAfter { get; init; }

    /// <summary>The indexes.</summary>
    public IReadOnlyList<ViewIndexSql> Indexes { get; init; } = [];

    /// <summary>Returns what stands for a projection without a table of the library, so that the recorder knows of it.</summary>
    /// <param name="table">The projection.</param>
    public static ViewSql OfHandlers(ViewTable table) => new(table)
    {
        CreateTable = "", DropTable = "", Upsert = "", Delete = "", SelectKeys = "", SelectPage = "", SelectPageAfter = "",
    };

    /// <summary>Whether it is the table of the failed events, which isn't a projection.</summary>
    internal bool IsOfFailedEvents => ReferenceEquals(Table, EventSourcing.Recording.FailedEvents.Table);

    /// <summary>Returns the SQL of a table that no generated code has: that of the failed events, or of rows that are built beside those in use.</summary>
    /// <param name="table">The table.</param>
    /// <param name="texts">The texts of an engine, each with the name of its property.</param>
    /// <param name="indexes">The texts of the index of a column.</param>
    internal static ViewSql Of(ViewTable table, IEnumerable<(string Name, string Sql)> texts, Func<ViewColumn, IEnumerable<(string Name, string Sql)>> indexes)
    {
        var text = ByName(texts);
        return new(table)
        {
            CreateTable = text[nameof(CreateTable)],
            DropTable = text[nameof(DropTable)],
            Upsert = text[nameof(Upsert)],
            Delete = text[nameof(Delete)],
            SelectKeys = text[nameof(SelectKeys)],
            SelectPage = text[nameof(SelectPage)],
            SelectPageAfter = text[nameof(SelectPageAfter)],
            Indexes = [.. table.Columns.Index().Where(column => column.Item.IsIndexed).Select(column => OfIndex(column.Index, ByName(indexes(column.Item))))],
        };

        static Dictionary<string, string> ByName(IEnumerable<(string Name, string Sql)> texts) => texts.ToDictionary(text => text.Name, text => text.Sql);

        static ViewIndexSql OfIndex(int column, Dictionary<string, string> text) => new(column)
        {
            Create = text[nameof(ViewIndexSql.Create)],
            Select = text[nameof(ViewIndexSql.Select)],
            SelectAfter = text[nameof(ViewIndexSql.SelectAfter)],
        };
    }

    /// <summary>Returns the SQL of a view of an application.</summary>
    internal static ViewSql Of(IReadOnlyList<ViewSql> views, ViewTable table)
    {
        foreach (var view in views)
        {
            if (ReferenceEquals(view.Table, table) || view.Table.Projection == table.Projection)
            {
                return view;
            }
        }

        throw new StoreConfigurationException($"The view '{table.Projection}' isn't one of the application: add its type to the [EventSourcedApplication].");
    }

    /// <summary>Returns the text of a query.</summary>
    internal string TextOf(ViewQuery query)
    {
        if (query.Kind == ViewQueryKind.Keys)
        {
            return SelectKeys;
        }

        var index = query.Kind == ViewQueryKind.Column ? IndexOf(query.Column) : null;
        return query.WriteAfter is null ? index?.Select ?? SelectPage : index?.SelectAfter ?? SelectPageAfter;
    }

    private ViewIndexSql IndexOf(int column)
    {
        foreach (var index in Indexes)
        {
            if (index.Column == column)
            {
                return index;
            }
        }

        throw new ArgumentException($"The column {Table.Columns[column].Name} of the view '{Table.Projection}' has no index.");
    }
}

/// <summary>The SQL of an index of a view on one engine.</summary>
/// <param name="column">The number of the column.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ViewIndexSql(int column)
{
    /// <summary>The number of the column.</summary>
    public int Column { get; } = column;

    /// <summary>Creates the index, if it is missing.</summary>
    public required string Create { get; init; }

    /// <summary>The first rows with a value: the value, the limit.</summary>
    public required string Select { get; init; }

    /// <summary>The rows with a value, after a key: the value, the key, the limit.</summary>
    public required string SelectAfter { get; init; }
}
