using EventSourcing.Generators.Serializers.Json.Emitters;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json;

/// <summary>Writes the class that writes and reads the states of an aggregate's events; each part has its own emitter.</summary>
internal static class SerializerEmitter
{
    /// <summary>Writes the whole file.</summary>
    public static void WriteFile(SerializerModel model, SourceWriter writer) => model.Shell.Write(writer, "", members => Write(model, members));

    public static void Write(SerializerModel model, SourceWriter writer)
    {
        var code = new ValueCode(model);
        writer.Line("/// <summary>Writes and reads the states of the events. The bytes are stored permanently, so a name in JSON must never change.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (writer.Open("private static class EventJson"))
        {
            WriteNames(code, writer);
            foreach (var name in code.FieldConstants)
            {
                writer.Line($"private static readonly byte[] {name.Value} = {ValueCode.Helpers}.WrittenName({Names.Literal(name.Key)});");
            }

            var isFirst = code.NameConstants.Count + code.FieldConstants.Count == 0;
            foreach (var e in model.Events)
            {
                if (!isFirst)
                {
                    writer.Line();
                }

                isFirst = false;
                EventEmitter.Write(e, code, writer);
            }

            foreach (var shape in model.Shapes)
            {
                WriteShape(shape, code, writer);
            }

            FixEmitter.Write(model, code, writer);
        }
    }

    /// <summary>Writes the constants of the names of members.</summary>
    public static void WriteNames(ValueCode code, SourceWriter writer)
    {
        foreach (var name in code.NameConstants)
        {
            writer.Line($"private static readonly global::System.Text.Json.JsonEncodedText {name.Value} = {ValueCode.Helpers}.Name({Names.Literal(name.Key)});");
        }
    }

    /// <summary>The first type or event whose methods are missing or different in a generated file; null when there is none.</summary>
    public static string? FirstDifference(SerializerModel model, string generated)
    {
        var code = new ValueCode(model);
        var text = WithoutIndentation(generated);
        // If a contained type differs, the difference is in its own methods. Objects come first: other generators can add members to them.
        return model.Shapes.OrderBy(s => s.Kind != ShapeKind.Object).Where(s => Differs(w => WriteShape(s, code, w))).Select(s => s.Type.Replace("global::", "")).FirstOrDefault()
            ?? model.Events.Where(e => Differs(w => EventEmitter.Write(e, code, w))).Select(e => e.TypeName).FirstOrDefault();

        bool Differs(Action<SourceWriter> write)
        {
            var writer = new SourceWriter();
            write(writer);
            return !text.Contains(WithoutIndentation(writer.ToString()));
        }
    }

    private static string WithoutIndentation(string text) => string.Join("\n", text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0));

    /// <summary>Writes the methods of a shape.</summary>
    public static void WriteShape(ShapeModel shape, ValueCode code, SourceWriter writer)
    {
        // Scalars, nullables and structs around one value are written inline.
        if (shape is { Kind: ShapeKind.Scalar or ShapeKind.Nullable } or { Kind: ShapeKind.Wrapper, IsReference: false })
        {
            return;
        }

        writer.Line();
        switch (shape.Kind)
        {
            case ShapeKind.Enum:
                EnumEmitter.Write(shape, writer);
                break;
            case ShapeKind.Flags:
                EnumEmitter.WriteFlags(shape, writer);
                break;
            case ShapeKind.List or ShapeKind.Set or ShapeKind.Map:
                CollectionEmitter.Write(shape, code, writer);
                break;
            case ShapeKind.Tuple:
                TupleEmitter.Write(shape, code, writer);
                break;
            case ShapeKind.Object:
                ObjectEmitter.Write(shape, code, writer);
                break;
            case ShapeKind.Wrapper:
                WrapperEmitter.Write(shape, code, writer);
                break;
            case ShapeKind.Converted:
                ConvertedEmitter.Write(shape, writer);
                break;
        }
    }
}
