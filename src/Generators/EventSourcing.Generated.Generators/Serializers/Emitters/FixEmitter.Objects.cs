namespace EventSourcing.Generators.Serializers.Emitters;

/// <content>Objects, tuples, wrappers and enums.</content>
internal sealed partial class FixEmitter
{
    private static void WriteTrying(Action<SourceWriter> write, SourceWriter writer)
    {
        using (writer.Open("try"))
            write(writer);
        using (writer.Open($"catch (global::System.Exception exception) when (exception is not {KnownNames.Library}.EventValueException)"))
            writer.Line($"throw {Values}.NotTaken(field, exception);");
    }

    private void WriteObject(int index, ShapeModel shape, SourceWriter writer)
    {
        var locals = FieldReader.LocalsOf(shape.Members.Select(m => m.JsonName).Prepend("depth"));
        List<Part> parts = [.. shape.Members.Select((m, i) => new Part(m.Name, m.Placement, m.Shape, "value." + m.Name, m.Type, locals[i + 1], "field", "depth + 1"))];
        if (fixings.Of(index) == Fixing.Check)
        {
            foreach (var member in shape.Members.Where(m => m.CanThrow && fixings.Of(m.Shape) == Fixing.None))
                writer.Line($"_ = value.{member.Name};");
            WriteChecks(parts, "value", writer);
        }
        else if (shape.Type[0] == '(')
        {
            // The tuple of items that differ from their declared types differs, too.
            var bang = shape.Members.Any(m => code.Shape(m.Shape).Type != m.Type) ? "!" : "";
            writer.Line($"return ({string.Join(", ", parts.Select(Value))}){bang};");
        }
        else
        {
            WriteMaking(shape.Type, parts, writer, shape.IsAssumed ? IsSame(index, shape, parts) : null);
        }
    }

    // One that was never given a value throws when it is asked for it.
    private void WriteWrapper(int index, ShapeModel shape, SourceWriter writer) => WriteTrying(
        body =>
        {
            var wrapped = ValueCode.Unwrapped(shape, "value");
            if (fixings.Of(index) == Fixing.Copy)
            {
                body.Line($"return {string.Format(shape.Wrap!, Value(shape.Element, wrapped, "present", "field", "depth"))};");
                return;
            }

            if (fixings.Of(shape.Element) == Fixing.None)
                body.Line($"_ = {wrapped};");
            else
                WriteCheck(shape.Element, wrapped, "present", "field", "depth", body);
            body.Line("return value;");
        },
        writer);

    private static void WriteEnum(ShapeModel shape, SourceWriter writer)
    {
        var names = string.Join(" or ", EnumEmitter.ValuesOf(shape));
        if (names.Length > 0)
            writer.Line($"return value is {names} ? value : throw {Values}.Undefined(field);");
        else
            writer.Line($"throw {Values}.Undefined(field);");
    }

    // Scalars are compared as they are; what lies deeper by what is written of it.
    private string IsSame(int index, ShapeModel shape, List<Part> parts) => parts.All(p => IsScalar(p.Shape))
        ? string.Join(" && ", parts.Select(p => $"global::System.Collections.Generic.EqualityComparer<{p.Type}>.Default.Equals(value.{p.Member}, result.{p.Member})"))
        : $"{Values}.IsSame<{shape.Type}>(value, result, Write{shape.Name}, field{(fixings.IsDeep(index) ? ", depth" : "")})";

    private bool IsScalar(int index) => code.Shape(index) switch
    {
        { Kind: ShapeKind.Nullable, Element: var element } => IsScalar(element),
        { Kind: ShapeKind.Enum or ShapeKind.Flags } => true,
        { Scalar: not null, Name: not "Bytes" } => true,
        _ => false,
    };

    /// <summary>Makes it anew.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="parts">Its members.</param>
    /// <param name="writer">Writes the code.</param>
    /// <param name="isSame">Whether <c>result</c> holds what <c>value</c> does; null when it does so for sure.</param>
    private void WriteMaking(string type, List<Part> parts, SourceWriter writer, string? isSame = null)
    {
        var arguments = string.Join(", ", parts.Where(p => p.Placement == Placement.Argument).Select(Value));
        var initializer = string.Join(", ", parts.Where(p => p.Placement == Placement.Initializer).Select(p => $"{p.Member} = {Value(p)}"));
        var making = $"new {type}({arguments}){(initializer.Length == 0 ? "" : $" {{ {initializer} }}")}";
        var assigned = parts.Where(p => p.Placement == Placement.Assignment).ToList();
        if (assigned.Count == 0 && isSame is null)
        {
            writer.Line($"return {making};");
            return;
        }

        writer.Line($"var result = {making};");
        foreach (var part in assigned)
            writer.Line($"result.{part.Member} = {Value(part)};");
        writer.Line(isSame is null ? "return result;" : $"return {isSame} ? result : throw {Values}.Changed<{type}>(field);");
    }
}
