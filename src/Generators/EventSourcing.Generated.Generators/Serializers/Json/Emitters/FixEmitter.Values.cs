using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <content>Collections, and the statements and expressions for one value.</content>
internal sealed partial class FixEmitter
{
    private void WriteCollection(int index, ShapeModel shape, SourceWriter writer)
    {
        if (shape.Kind != ShapeKind.List)
        {
            writer.Line($"{Values}.RequireDefaultComparer(value, field);");
        }
        else if (shape.MayBeSet)
        {
            writer.Line($"{Values}.RequireNoComparer(value, field);");
        }

        if (shape.HasForeseenHashes)
        {
            writer.Line($"{Values}.RequireSpreadKeys(value, field);");
        }

        if (fixings.Of(index) == Fixing.Check)
        {
            WriteItemChecks(shape, "value", writer);
            writer.Line("return value;");
        }
        else if (CopyOf(shape) is not { } copy)
        {
            WriteFilling(shape, writer);
        }
        else if (fixings.Of(shape.Element) == Fixing.None)
        {
            writer.Line($"return {copy};");
        }
        else
        {
            writer.Line($"var items = {copy};");
            WriteItemChecks(shape, "items", writer);
            writer.Line("return items;");
        }
    }

    /// <summary>The expression that copies a list whose items aren't copied; null when the copy has to be filled with items.</summary>
    private string? CopyOf(ShapeModel shape) =>
        shape.Kind != ShapeKind.List || fixings.Of(shape.Element) == Fixing.Copy ? null
        : shape.Result == "items" ? $"{shape.Builder!.Substring(0, shape.Builder.Length - 2)}(value)"
        : shape.Result!.EndsWith("ToArray()", StringComparison.Ordinal) ? $"{Values}.Copy(value, field)"
        : null;

    private void WriteItemChecks(ShapeModel shape, string collection, SourceWriter writer)
    {
        var hasKeys = shape.Kind == ShapeKind.Map && fixings.Of(shape.Key) != Fixing.None;
        var hasItems = fixings.Of(shape.Element) != Fixing.None;
        if (!hasKeys && !hasItems)
        {
            return;
        }

        var item = shape.Kind != ShapeKind.Map ? "var item" : $"var ({(hasKeys ? "key" : "_")}, {(hasItems ? "item" : "_")})";
        ValueCode.WriteBody($"foreach ({item} in {collection})", writer, body =>
        {
            if (hasKeys)
            {
                WriteCheck(shape.Key, "key", "present", "field", "depth", body);
            }

            if (hasItems)
            {
                WriteCheck(shape.Element, "item", "present", "field", "depth + 1", body);
            }
        });
    }

    private void WriteFilling(ShapeModel shape, SourceWriter writer)
    {
        var isMap = shape.Kind == ShapeKind.Map;
        var item = Value(shape.Element, "item", "present", "field", "depth + 1");
        writer.Line($"var items = {shape.Builder};");
        ValueCode.WriteBody(isMap ? "foreach (var (key, item) in value)" : "foreach (var item in value)", writer, body =>
        {
            if (isMap && fixings.Of(shape.Key) != Fixing.None)
            {
                WriteCheck(shape.Key, "key", "present", "field", "depth", body);
            }

            if (shape.Kind != ShapeKind.List)
            {
                body.Line(isMap ? "if (items.ContainsKey(key))" : $"if (!items.Add({item}))");
                using (body.Indent())
                {
                    body.Line($"throw {Values}.Duplicate(field);");
                }
            }

            if (shape.Kind != ShapeKind.Set)
            {
                body.Line(isMap ? $"items.Add(key, {item});" : $"items.Add({item});");
            }
        });
        writer.Line($"return {shape.Result};");
    }

    private void WriteChecks(List<Part> parts, string result, SourceWriter writer)
    {
        foreach (var part in parts.Where(p => fixings.Of(p.Shape) != Fixing.None))
        {
            WriteCheck(part.Shape, part.Expression + Bang(part), part.Local, part.Field, part.Depth, writer);
        }

        writer.Line($"return {result};");
    }

    /// <summary>Writes the statement that checks a value.</summary>
    private void WriteCheck(int shape, string expression, string local, string field, string depth, SourceWriter writer)
    {
        if (code.Shape(shape) is not { Kind: ShapeKind.Nullable, Element: var element })
        {
            writer.Line(Value(shape, expression, local, field, depth) + ";");
            return;
        }

        writer.Line($"if ({expression.TrimEnd('!')} is {{ }} {local})");
        using (writer.Indent())
        {
            writer.Line(Value(element, ValueCode.Suppressed(local, expression), local, field, depth) + ";");
        }
    }

    private string Value(Part part) =>
        Value(part.Shape, part.Expression + Bang(part), part.Local, part.Field, part.Depth) + (fixings.Of(part.Shape) == Fixing.None ? "" : Bang(part));

    // In code without annotations, types differ from the generated ones: ! suppresses the warning.
    private string Bang(Part part) => code.Shape(part.Shape).Type == part.Type ? "" : "!";

    /// <summary>The expression for a value that its caller can't change.</summary>
    private string Value(int shape, string expression, string local, string field, string depth)
    {
        if (fixings.Of(shape) == Fixing.None)
        {
            return expression;
        }

        var model = code.Shape(shape);
        return model switch
        {
            { Kind: ShapeKind.Nullable } =>
                $"({expression.TrimEnd('!')} is {{ }} {local} ? {Value(model.Element, ValueCode.Suppressed(local, expression), local, field, depth)} : {(model.IsReference ? "null" : $"default({model.Type})")})",
            { Scalar: not null, Name: "Bytes" } => $"{Values}.Copy({expression}, {field})",
            { Scalar: not null, Name: "DateTime" } => $"{Values}.NotLocal({expression}, {field})",
            { Scalar: not null } => $"{Values}.Text({expression}, {field})",
            _ => $"Fix{model.Name}({expression}, {field}{(fixings.IsDeep(shape) ? ", " + depth : "")})",
        };
    }
}
