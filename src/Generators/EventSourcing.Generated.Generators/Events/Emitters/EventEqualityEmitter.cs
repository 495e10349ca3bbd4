using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Events.Emitters;

/// <summary>
/// Writes equality and text of events with collections: the compiler's versions would compare collections by reference, and print their
/// type.
/// </summary>
internal static class EventEqualityEmitter
{
    private const string Values = $"{KnownNames.Services}.EventValues";

    public static void Write(EquatableArray<ShapeModel> shapes, EventModel e, SourceWriter writer)
    {
        if (!e.Contract.Fields.Any(f => HasCollection(shapes, f.Shape)))
        {
            return;
        }
        // A parameter or local of the same name would hide the property.
        var fields = e.Contract.Fields.Select(f => (f.Shape, f.Property, Value: f.Property is "other" or "hash" or "text" ? "this." + f.Property : f.Property)).ToList();
        if (e.Record is null or { LeavesEquality: true })
        {
            WriteEquality(shapes, e, fields, writer);
        }

        if (e.Record is { LeavesText: false })
        {
            return;
        }

        writer.Line();
        writer.Line($"{(e.Record is null or { IsSealed: true, IsDerived: false } ? "private" : e.Record.IsDerived ? "protected override" : "protected virtual")} bool PrintMembers(global::System.Text.StringBuilder text) =>");
        using (writer.Indent())
        {
            writer.Line($"{KnownNames.Services}.AggregateText.Append(text, {string.Join(", ", fields.Select(f => $"({Names.Literal(f.Property.TrimStart('@'))}, {f.Value})"))});");
        }
    }

    private static void WriteEquality(EquatableArray<ShapeModel> shapes, EventModel e, List<(int Shape, string Property, string Value)> fields, SourceWriter writer)
    {
        var isSealed = e.Record is null or { IsSealed: true };
        writer.Line();
        writer.Line($"public {(isSealed ? "" : "virtual ")}bool Equals({e.TypeName}? other) =>");
        using (writer.Indent())
        {
            var comparisons = fields.Select(f => Equal(shapes, f.Shape, f.Value, $"other.{f.Property}"));
            writer.Line(string.Join("\n    && ", new[] { "other is not null" }.Concat(isSealed ? [] : ["EqualityContract == other.EqualityContract"]).Concat(comparisons)) + ";");
        }

        writer.Line();
        using (writer.Open("public override int GetHashCode()"))
        {
            writer.Line("global::System.HashCode hash = new();");
            foreach (var field in fields)
            {
                writer.Line($"hash.Add({Hash(shapes, field.Shape, field.Value)});");
            }

            writer.Line("return hash.ToHashCode();");
        }
    }

    private static bool HasCollection(EquatableArray<ShapeModel> shapes, int shape) => shapes[shape] switch
    {
        { Kind: ShapeKind.List or ShapeKind.Set or ShapeKind.Map } or { Kind: ShapeKind.Scalar, Name: "Bytes" } => true,
        { Kind: ShapeKind.Nullable } nullable => HasCollection(shapes, nullable.Element),
        { Kind: ShapeKind.Tuple, IsReference: false } tuple => tuple.Members.Any(m => HasCollection(shapes, m.Shape)),
        _ => false,
    };

    private static string Equal(EquatableArray<ShapeModel> shapes, int index, string x, string y)
    {
        var shape = shapes[index];
        if (!HasCollection(shapes, index))
        {
            return $"{Values}.Equal({x}, {y})";
        }

        return shape.Kind switch
        {
            ShapeKind.Nullable when shapes[shape.Element].IsReference => Equal(shapes, shape.Element, x, y),
            ShapeKind.Nullable => $"{Values}.NullablesEqual({x}, {y}, static (x, y) => {Equal(shapes, shape.Element, "x", "y")})",
            ShapeKind.Tuple => $"({string.Join(" && ", shape.Members.Select(m => Equal(shapes, m.Shape, $"{x}.{m.Name}", $"{y}.{m.Name}")))})",
            ShapeKind.Set => Call("SetsEqual"),
            ShapeKind.Map => Call("MapsEqual"),
            _ => Call("ListsEqual"),
        };

        string Call(string method) => shape.Element >= 0 && HasCollection(shapes, shape.Element)
            ? $"{Values}.{method}({x}, {y}, static (x, y) => {Equal(shapes, shape.Element, "x", "y")})"
            : $"{Values}.{method}({x}, {y})";
    }

    private static string Hash(EquatableArray<ShapeModel> shapes, int index, string x)
    {
        var shape = shapes[index];
        if (!HasCollection(shapes, index))
        {
            return x;
        }

        return shape.Kind switch
        {
            ShapeKind.Nullable when shapes[shape.Element].IsReference => Hash(shapes, shape.Element, x),
            ShapeKind.Nullable => $"{Values}.HashOfNullable({x}, static x => {Hash(shapes, shape.Element, "x")})",
            // HashCode.Combine takes eight values; more values would only avoid a few collisions.
            ShapeKind.Tuple => $"global::System.HashCode.Combine({string.Join(", ", shape.Members.Take(8).Select(m => Hash(shapes, m.Shape, $"{x}.{m.Name}")))})",
            ShapeKind.Set => Call("HashOfSet"),
            ShapeKind.Map => Call("HashOfMap"),
            _ => Call("HashOfList"),
        };

        string Call(string method) => shape.Element >= 0 && HasCollection(shapes, shape.Element)
            ? $"{Values}.{method}({x}, static x => {Hash(shapes, shape.Element, "x")})"
            : $"{Values}.{method}({x})";
    }
}
