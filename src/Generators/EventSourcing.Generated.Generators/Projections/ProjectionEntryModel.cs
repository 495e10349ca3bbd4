using EventSourcing.Generators.Locks;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>What <c>projections.lock</c> keeps of a projection: what its rows depend on.</summary>
/// <param name="Name">The name of the projection.</param>
/// <param name="Version">Its version.</param>
/// <param name="Columns">Its columns; of a class with handlers, <see cref="OwnTables"/>.</param>
/// <param name="Events">For each event that it handles, the topics, the current one first.</param>
/// <param name="Fold">The hash of its code.</param>
internal sealed record ProjectionEntryModel(string Name, int Version, string Columns, EquatableArray<EquatableArray<string>> Events, string Fold)
{
    public const string OwnTables = "own tables";

    /// <summary>The line of the lock file.</summary>
    public LockLine Line => new(Name, Version, string.Join(LockFile.Separator, Columns, string.Join(" ", Events.Select(e => e[0]).OrderBy(t => t, StringComparer.Ordinal)), Fold));

    /// <summary>The entry of a type with <c>[Projection]</c>; null when it isn't valid, which has its own error.</summary>
    public static ProjectionEntryModel? Of(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation) => HandlerClassParser.IsOne(type)
        ? HandlerClassParser.Parse(type, compilation, null, cancellation) is { } handlers ? Of(handlers, type, cancellation) : null
        : ViewParser.Parse(type, compilation, null, cancellation) is { } view ? Of(view, type, cancellation) : null;

    public static ProjectionEntryModel Of(ViewModel view, INamedTypeSymbol type, CancellationToken cancellation) => new(
        view.Projection, view.Version, string.Join(" ", view.Columns.Select((c, i) => Column(view, c, isKey: i == 0))), Escaped(view.Handlers.Select(h => h.Topics)), FoldHash.Of(type, cancellation));

    public static ProjectionEntryModel Of(HandlerClassModel handlers, INamedTypeSymbol type, CancellationToken cancellation) => new(
        handlers.Projection, handlers.Version, OwnTables, Escaped(handlers.Handlers.Select(h => h.Topics)), FoldHash.Of(type, cancellation));

    private static string Column(ViewModel view, ColumnModel column, bool isKey) =>
        $"{column.Column.Name}:{ShapeText.Of(view.Shapes, column.Shape)}{(column.Column.IsNullable ? "?" : "")}{(isKey ? ":key" : "")}";

    private static EquatableArray<EquatableArray<string>> Escaped(IEnumerable<EquatableArray<string>> events) =>
        events.Select(topics => topics.Select(LockFile.Escape).ToEquatableArray()).ToEquatableArray();
}
