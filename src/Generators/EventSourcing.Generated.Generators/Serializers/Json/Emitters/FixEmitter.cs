using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes the code that gives events their own values when they are raised: checks and copies, for the types that need them.</summary>
internal sealed partial class FixEmitter(SerializerModel model, Fixings fixings, ValueCode code)
{
    private const string Values = KnownNames.Services + ".RaisedValues";
    private const string Event = KnownNames.Library + ".IEvent";

    /// <summary>A member of an event or object: where its value is put, what it is, and how it is checked and copied.</summary>
    private sealed record Part(string Member, Placement Placement, int Shape, string Expression, string Type, string Local, string Field, string Depth, string? Conversion = null);

    public static void Write(SerializerModel model, ValueCode code, SourceWriter writer)
    {
        var fixings = new Fixings(model.Shapes);
        if (model.Events.Any(e => fixings.Of(e) != Fixing.None))
        {
            new FixEmitter(model, fixings, code).Write(writer);
        }
    }

    private void Write(SourceWriter writer)
    {
        var events = model.Events.Where(e => fixings.Of(e) != Fixing.None).ToList();
        writer.Line();
        writer.Line("/// <summary>Returns an event with copies of its mutable values, and checks that they can be stored.</summary>");
        using (writer.Open($"public static {Event} Fix({Event} e) => e switch", "};"))
        {
            foreach (var e in events)
            {
                var local = EventCode.Local(e);
                writer.Line($"{EventCode.Pattern(e, local, isUsed: true)} => Fix{EventCode.PlainName(e)}({local}),");
            }

            writer.Line("_ => e,");
        }

        foreach (var e in events)
        {
            writer.Line();
            using (writer.Open($"private static {e.TypeName} Fix{EventCode.PlainName(e)}({e.TypeName} e)"))
            {
                WriteEvent(e, writer);
            }
        }

        for (var shape = 0; shape < model.Shapes.Count; shape++)
        {
            if (fixings.Of(shape) != Fixing.None && code.Shape(shape).Kind is not (ShapeKind.Scalar or ShapeKind.Nullable))
            {
                WriteShape(shape, writer);
            }
        }
    }

    private void WriteEvent(EventModel e, SourceWriter writer)
    {
        var locals = FieldReader.LocalsOf(e.Contract.Fields.Select(f => f.JsonName));
        List<Part> parts =
        [
            .. e.Fields.Select((f, i) => new Part(
                f.Contract.Property, f.Placement, f.Contract.Shape, "e." + f.Contract.Property, f.Contract.Type, locals[i], Names.Literal(f.Contract.JsonName), "1", f.Conversion)),
        ];
        if (e.IsCompared)
        {
            WriteTrying(w => WriteMaking("new " + e.TypeName, e.TypeName, parts, w, compared: "e", fixings.Of(e)), writer, Names.Literal(e.TypeName));
        }
        else if (fixings.Of(e) == Fixing.Copy)
        {
            WriteMaking("new " + e.TypeName, e.TypeName, parts, writer);
        }
        else
        {
            WriteChecks(parts, "e", writer);
        }
    }

    private void WriteShape(int index, SourceWriter writer)
    {
        var shape = code.Shape(index);
        writer.Line();
        using (writer.Open($"private static {shape.Type} Fix{shape.Name}({shape.Type}{(shape.IsReference ? "?" : "")} value, string field{(fixings.IsDeep(index) ? ", int depth" : "")})"))
        {
            if (shape.IsReference || shape.HasInvalidDefault)
            {
                writer.Line(shape.IsReference ? "if (value is null)" : "if (value.IsDefault)");
                using (writer.Indent())
                {
                    writer.Line($"throw {Values}.{(shape.IsReference ? "Null" : "Uninitialized")}(field);");
                }
            }

            if (shape.IsOpen)
            {
                writer.Line($"{Values}.RequireExact(value, field);");
            }

            if (fixings.IsDeep(index) && Fixings.Nests(shape))
            {
                writer.Line($"{Values}.RequireDepth(depth, field);");
            }
            // User code of the type may refuse the values of an object.
            if (shape.Members.Any(m => m.CanThrow) || shape.IsCompared || (shape.CanThrow && fixings.Of(index) == Fixing.Copy))
            {
                WriteTrying(w => WriteBody(index, shape, w), writer);
            }
            else
            {
                WriteBody(index, shape, writer);
            }
        }
    }

    private void WriteBody(int index, ShapeModel shape, SourceWriter writer)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Object or ShapeKind.Tuple:
                WriteObject(index, shape, writer);
                break;
            case ShapeKind.Wrapper:
                WriteWrapper(index, shape, writer);
                break;
            case ShapeKind.Converted:
                var converted = $"{Values}.Convert<{shape.Type}>(value, Write{shape.Name}, Read{shape.Name}, field{(fixings.IsDeep(index) ? ", depth" : "")});";
                writer.Line(fixings.Of(index) == Fixing.Copy ? $"return {converted}" : converted);
                if (fixings.Of(index) != Fixing.Copy)
                {
                    writer.Line("return value;");
                }

                break;
            case ShapeKind.Enum:
                WriteEnum(shape, writer);
                break;
            case ShapeKind.Flags:
                writer.Line($"{Values}.RequireFlags(unchecked((ulong)value), {EnumEmitter.TableOf(shape)}, field);");
                writer.Line("return value;");
                break;
            default:
                WriteCollection(index, shape, writer);
                break;
        }
    }
}
