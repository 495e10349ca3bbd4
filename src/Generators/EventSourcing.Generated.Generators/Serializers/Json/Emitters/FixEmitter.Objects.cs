using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <content>Objects, tuples, wrappers and enums.</content>
internal sealed partial class FixEmitter
{
    private static void WriteTrying(Action<SourceWriter> write, SourceWriter writer, string field = "field")
    {
        using (writer.Open("try"))
        {
            write(writer);
        }

        using (writer.Open($"catch (global::System.Exception exception) when (exception is not {KnownNames.Library}.EventValueException)"))
        {
            writer.Line($"throw {Values}.NotTaken({field}, exception);");
        }
    }

    private void WriteObject(int index, ShapeModel shape, SourceWriter writer)
    {
        var locals = FieldReader.LocalsOf(shape.Members.Select(m => m.JsonName).Prepend("depth"));
        List<Part> parts = [.. shape.Members.Select((m, i) => new Part(m.Name, m.Placement, m.Shape, "value." + m.Name, m.Type, locals[i + 1], "field", "depth + 1", m.Conversion))];
        if (shape.IsCompared)
        {
            WriteMaking(shape.Maker, shape.Type, parts, writer, compared: "value", fixings.Of(index));
        }
        else if (fixings.Of(index) == Fixing.Check)
        {
            foreach (var member in shape.Members.Where(m => m.CanThrow && fixings.Of(m.Shape) == Fixing.None))
            {
                writer.Line($"_ = value.{member.Name};");
            }

            WriteChecks(parts, "value", writer);
        }
        else if (shape.Type[0] == '(')
        {
            // If the type of an item differs from its declared type, the type of the tuple differs, too.
            var bang = shape.Members.Any(m => code.Shape(m.Shape).Type != m.Type) ? "!" : "";
            writer.Line($"return ({string.Join(", ", parts.Select(Value))}){bang};");
        }
        else
        {
            WriteMaking(shape.Maker, shape.Type, parts, writer);
        }
    }

    // A wrapper without a value throws when the value is read, and the code of its generator may change or refuse a value.
    private void WriteWrapper(int index, ShapeModel shape, SourceWriter writer) => WriteTrying(
        body =>
        {
            var wrapped = ValueCode.Unwrapped(shape, "value");
            body.Line($"var result = {string.Format(shape.Wrap!, Value(shape.Element, wrapped, "present", "field", "depth"))};");
            body.Line($"if (!{Same(shape.Element, wrapped, ValueCode.Unwrapped(shape, "result"), "field", "depth")})");
            using (body.Indent())
            {
                body.Line($"throw {Values}.Changed<{shape.Type}>(field);");
            }

            body.Line(fixings.Of(index) == Fixing.Copy ? "return result;" : "return value;");
        },
        writer);

    private static void WriteEnum(ShapeModel shape, SourceWriter writer)
    {
        var names = string.Join(" or ", EnumEmitter.ValuesOf(shape));
        if (names.Length > 0)
        {
            writer.Line($"return value is {names} ? value : throw {Values}.Undefined(field);");
        }
        else
        {
            writer.Line($"throw {Values}.Undefined(field);");
        }
    }

    /// <summary>The expression that tells whether two values of a shape are stored alike.</summary>
    private string Same(int index, string original, string made, string field, string depth)
    {
        var shape = code.Shape(index);
        switch (shape.Kind)
        {
            case ShapeKind.Nullable when IsScalar(shape.Element):
            case ShapeKind.Scalar or ShapeKind.Enum or ShapeKind.Flags:
                return $"{Values}.IsSame({original}, {made})";
            case ShapeKind.Nullable:
                var value = shape.IsReference ? "" : ".Value";
                return $"({original} is null ? {made} is null : {made} is not null && {Same(shape.Element, original + value, made + value, field, depth)})";
            case ShapeKind.Wrapper:
                return Same(shape.Element, ValueCode.Unwrapped(shape, original), ValueCode.Unwrapped(shape, made), field, depth);
            default:
                return $"{Values}.IsSame<{shape.Type}>({original}!, {made}!, Write{shape.Name}, {field}{(fixings.IsDeep(index) ? ", " + depth : "")})";
        }
    }

    private bool IsScalar(int index) => code.Shape(index).Kind is ShapeKind.Scalar or ShapeKind.Enum or ShapeKind.Flags;

    /// <summary>Writes code that creates the object again.</summary>
    /// <param name="maker">The expression that creates it, without the arguments.</param>
    /// <param name="type">Its type.</param>
    /// <param name="parts">Its members.</param>
    /// <param name="writer">Writes the code.</param>
    /// <param name="compared">
    /// The original, to which the new object is compared because user code could make a different one; null when it can't.
    /// </param>
    /// <param name="fixing">Whether the new object is needed, or only compared.</param>
    private void WriteMaking(string maker, string type, List<Part> parts, SourceWriter writer, string? compared = null, Fixing fixing = Fixing.Copy)
    {
        var arguments = string.Join(", ", parts.Where(p => p.Placement == Placement.Argument).Select(p => p.Conversion is null ? Value(p) : string.Format(p.Conversion, Value(p))));
        var initializer = string.Join(", ", parts.Where(p => p.Placement == Placement.Initializer).Select(p => $"{p.Member} = {Value(p)}"));
        var making = $"{maker}({arguments}){(initializer.Length == 0 ? "" : $" {{ {initializer} }}")}";
        var assigned = parts.Where(p => p.Placement == Placement.Assignment).ToList();
        if (assigned.Count == 0 && compared is null)
        {
            writer.Line($"return {making};");
            return;
        }

        writer.Line($"var result = {making};");
        foreach (var part in assigned)
        {
            writer.Line($"result.{part.Member} = {Value(part)};");
        }

        foreach (var part in compared is null ? [] : parts)
        {
            writer.Line($"if (!{Same(part.Shape, part.Expression, "result." + part.Member, part.Field, part.Depth)})");
            using (writer.Indent())
            {
                writer.Line($"throw {Values}.Changed<{type}>({part.Field});");
            }
        }

        writer.Line($"return {(fixing == Fixing.Copy ? "result" : compared)};");
    }
}
