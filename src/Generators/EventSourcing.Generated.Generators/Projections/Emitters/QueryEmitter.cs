using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Projections.Emitters;

/// <summary>Writes the queries of the columns with an index, as extensions of the view.</summary>
internal static class QueryEmitter
{
    private const string Task = "global::System.Threading.Tasks.ValueTask";

    public static void Write(ViewModel model, ColumnCode code, SourceWriter writer)
    {
        // An extension class can't be nested.
        var indexed = model.Columns.Select((column, i) => (Column: column, Index: i)).Where(c => c.Column.Column.IsIndexed).ToList();
        if (indexed.Count == 0)
        {
            return;
        }

        writer.Line();
        writer.Line($"/// <summary>The queries of the view <see cref=\"{model.Shell.FullName}\"/>.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (writer.Open($"{model.Accessibility} static class {ViewParser.QueriesOf(model.Shell)}"))
        {
            var isFirst = true;
            foreach (var (column, i) in indexed)
            {
                if (!isFirst)
                {
                    writer.Line();
                }

                isFirst = false;
                Write(model, column, i, code, writer);
            }
        }
    }

    private static void Write(ViewModel model, ColumnModel column, int index, ColumnCode code, SourceWriter writer)
    {
        var view = $"{KnownNames.Library}.View<{model.Shell.FullName}, {model.KeyType}>";
        var name = column.Property.TrimStart('@');
        var parameter = Names.Escape(Names.Camel(name));
        if (parameter is "view" or "after" or "limit" or "cancellationToken")
        {
            parameter = "value";
        }

        var written = $"__writer => __writer.Write({index}, {Outside(model, code.Written(column, parameter))})";
        var after = $"__writer => __writer.Write(0, {Outside(model, code.Written(model.Columns[0], "after"))})";
        const string Limit = $"int limit = 500, {KnownNames.Cancellation} cancellationToken = default";
        writer.Line($$"""
            /// <summary>Returns the first rows with a value of {{name}}, in the order of their keys.</summary>
            /// <param name="view">The view.</param>
            /// <param name="{{parameter.TrimStart('@')}}">The value.</param>
            /// <param name="limit">The maximum number of rows, at least 1.</param>
            /// <param name="cancellationToken">Cancels the call.</param>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public static {{Task}}<global::System.Collections.Generic.IReadOnlyList<{{model.Shell.FullName}}>> FindBy{{name}}Async(this {{view}} view, {{column.Type}} {{parameter}}, {{Limit}}) =>
                view.FindAsync({{index}}, {{written}}, null, limit, cancellationToken);

            /// <summary>Returns the rows with a value of {{name}} whose keys follow a key, in their order.</summary>
            /// <param name="view">The view.</param>
            /// <param name="{{parameter.TrimStart('@')}}">The value.</param>
            /// <param name="after">The key of the last row of the page before. The row itself need not be there.</param>
            /// <param name="limit">The maximum number of rows, at least 1.</param>
            /// <param name="cancellationToken">Cancels the call.</param>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public static {{Task}}<global::System.Collections.Generic.IReadOnlyList<{{model.Shell.FullName}}>> FindBy{{name}}AfterAsync(this {{view}} view, {{column.Type}} {{parameter}}, {{model.KeyType}} after, {{Limit}}) =>
                view.FindAsync({{index}}, {{written}}, {{after}}, limit, cancellationToken);
            """);
    }

    /// <summary>The expression outside of the record.</summary>
    private static string Outside(ViewModel model, string expression) =>
        expression.StartsWith("RowJson.", StringComparison.Ordinal) ? $"{model.Shell.FullName}.{expression}" : expression;
}
