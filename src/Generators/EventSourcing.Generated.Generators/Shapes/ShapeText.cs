using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Shapes;

/// <summary>How a shape is stored, as one word for lock files: <c>Int32</c>, <c>List&lt;String?&gt;</c>, <c>Address{street:String}</c>.</summary>
internal static class ShapeText
{
    public static string Of(EquatableArray<ShapeModel> shapes, int shape) => Of(shapes, shape, []);

    private static string Of(EquatableArray<ShapeModel> shapes, int shape, List<int> around)
    {
        var model = shapes[shape];
        if (around.Contains(shape))
        {
            return NameOf(model); // it contains itself
        }

        around.Add(shape);
        var text = model.Kind switch
        {
            ShapeKind.Scalar => model.Name,
            ShapeKind.Nullable => Element() + "?",
            ShapeKind.Wrapper => Element(),
            ShapeKind.List => $"List<{Element()}>",
            ShapeKind.Set => $"Set<{Element()}>",
            ShapeKind.Map => $"Map<{Of(shapes, model.Key, around)},{Element()}>",
            ShapeKind.Tuple => $"({Members()})",
            ShapeKind.Object => $"{NameOf(model)}{{{Members()}}}",
            _ => NameOf(model), // the names of an enum, and what a converter writes, aren't listed
        };
        around.Remove(shape);
        return text;

        string Element() => Of(shapes, model.Element, around);

        string Members() => string.Join(",", model.Members.Select(m => $"{m.JsonName}:{Of(shapes, m.Shape, around)}"));
    }

    // Without namespaces, so that a type can be moved.
    private static string NameOf(ShapeModel model) => model.Type.TrimEnd('?').Split('.', ':').Last();
}
