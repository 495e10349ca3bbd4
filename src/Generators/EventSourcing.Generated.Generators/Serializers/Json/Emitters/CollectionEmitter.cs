using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes and reads lists and sets, which are arrays, and maps, which are objects.</summary>
internal static class CollectionEmitter
{
    public static void Write(ShapeModel shape, ValueCode code, SourceWriter writer)
    {
        WriteWriting(shape, code, writer);
        WriteReading(shape, code, writer);
    }

    private static void WriteWriting(ShapeModel shape, ValueCode code, SourceWriter writer)
    {
        using (ValueCode.OpenWrite(shape, writer))
        {
            if (shape.HasInvalidDefault)
            {
                writer.Line("if (value.IsDefault)");
                using (writer.Indent())
                {
                    writer.Line($"throw {ValueCode.Helpers}.Uninitialized(field);");
                }
            }

            var isMap = shape.Kind == ShapeKind.Map;
            writer.Line(isMap ? "writer.WriteStartObject();" : "writer.WriteStartArray();");
            ValueCode.WriteBody(isMap ? "foreach (var (key, item) in value)" : "foreach (var item in value)", writer, body =>
            {
                if (isMap)
                {
                    WriteKey(code.Shape(shape.Key), code, body);
                }

                code.WriteValue(shape.Element, "item", "present", "field", body);
            });
            writer.Line(isMap ? "writer.WriteEndObject();" : "writer.WriteEndArray();");
        }
    }

    private static void WriteReading(ShapeModel shape, ValueCode code, SourceWriter writer)
    {
        using (ValueCode.OpenRead(shape, writer))
        {
            var read = code.Read(shape.Element, "field");
            writer.Line($"{ValueCode.Helpers}.{(shape.Kind == ShapeKind.Map ? "ReadStartObject" : "ReadStartArray")}(ref reader, field);");
            writer.Line($"var items = {shape.Builder};");
            switch (shape.Kind)
            {
                case ShapeKind.List:
                    writer.Line($"while ({ValueCode.Helpers}.NextItem(ref reader))");
                    using (writer.Indent())
                    {
                        writer.Line($"items.Add({read});");
                    }

                    break;
                case ShapeKind.Set:
                    using (writer.Open($"while ({ValueCode.Helpers}.NextItem(ref reader))"))
                    {
                        WriteRefusal($"!items.Add({read})", writer);
                        WriteSpreading(shape, writer);
                    }

                    writer.Line();
                    break;
                default:
                    using (writer.Open($"while ({ValueCode.Helpers}.NextName(ref reader))"))
                    {
                        writer.Line($"var key = {ReadKey(code.Shape(shape.Key), code)};");
                        WriteRefusal("items.ContainsKey(key)", writer);
                        writer.Line("reader.Read();");
                        writer.Line($"items.Add(key, {read});");
                        WriteSpreading(shape, writer);
                    }

                    writer.Line();
                    break;
            }

            writer.Line($"return {shape.Result};");
        }
    }

    private static void WriteKey(ShapeModel key, ValueCode code, SourceWriter writer)
    {
        var value = "key";
        if (key.Kind == ShapeKind.Wrapper)
        {
            (value, key) = (string.Format(key.Unwrap!, "key"), code.Shape(key.Element));
        }

        writer.Line(key.Kind == ShapeKind.Scalar
            ? $"{ValueCode.Helpers}.WriteKey(writer, {value}, field);"
            : $"writer.WritePropertyName(NameOf{key.Name}({value}, field));");
    }

    private static void WriteSpreading(ShapeModel shape, SourceWriter writer)
    {
        if (shape.HasForeseenHashes)
        {
            writer.Line($"{ValueCode.Helpers}.SpreadKeys(items, field);");
        }
    }

    private static void WriteRefusal(string condition, SourceWriter writer)
    {
        writer.Line($"if ({condition})");
        using (writer.Indent())
        {
            writer.Line($"throw {ValueCode.Helpers}.Duplicate(field);");
        }
    }

    private static string ReadKey(ShapeModel key, ValueCode code) =>
        key.Kind == ShapeKind.Wrapper ? string.Format(key.Wrap!, ReadKey(code.Shape(key.Element), code))
        : key.Kind != ShapeKind.Scalar ? $"Read{key.Name}(ref reader, field)"
        : key.IsReference ? $"{ValueCode.Helpers}.ReadKey(ref reader, field)"
        : $"{ValueCode.Helpers}.ReadKey<{key.Type}>(ref reader, field)";
}
