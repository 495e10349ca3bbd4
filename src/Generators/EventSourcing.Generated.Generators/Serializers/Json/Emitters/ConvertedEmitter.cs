using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes calls of a user's converter, and checks that it stops where it should.</summary>
internal static class ConvertedEmitter
{
    public static void Write(ShapeModel shape, SourceWriter writer)
    {
        using (ValueCode.OpenWrite(shape, writer))
        {
            writer.Line("var depth = writer.CurrentDepth;");
            writer.Line($"var length = {ValueCode.Helpers}.Length(writer);");
            writer.Line($"{shape.Converter}.Write(writer, value);");
            writer.Line($"{ValueCode.Helpers}.RequireWritten(writer, depth, length, field);");
        }

        using (ValueCode.OpenRead(shape, writer))
        {
            writer.Line($"var end = {ValueCode.Helpers}.EndOf(ref reader);");
            writer.Line($"var value = {shape.Converter}.Read(ref reader);");
            writer.Line($"{ValueCode.Helpers}.RequireRead(ref reader, end, field);");
            writer.Line(shape.IsReference ? $"return value ?? throw {ValueCode.Helpers}.Null(field);" : "return value;");
        }
    }
}
