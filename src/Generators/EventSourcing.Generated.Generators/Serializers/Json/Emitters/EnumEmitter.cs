using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes and reads enums by their names.</summary>
internal static class EnumEmitter
{
    public static void Write(ShapeModel shape, SourceWriter writer)
    {
        using (writer.Open($"private static global::System.ReadOnlySpan<byte> NameOf{shape.Name}({shape.Type} value, string field) => value switch", "};"))
        {
            foreach (var name in Written(shape))
            {
                writer.Line($"{Value(shape, name)} => {Names.Literal(name.Name)}u8,");
            }

            writer.Line($"_ => throw {ValueCode.Helpers}.Undefined(field),");
        }

        using (ValueCode.OpenRead(shape, writer))
        {
            writer.Line($"{ValueCode.Helpers}.RequireName(ref reader, field);");
            foreach (var name in shape.Names)
            {
                writer.Line($"if (reader.ValueTextEquals({Names.Literal(name.Name)}u8))");
                using (writer.Indent())
                {
                    writer.Line($"return {Value(shape, name)};");
                }
            }

            writer.Line($"throw {ValueCode.Helpers}.NotAName(ref reader, field);");
        }
    }

    /// <summary>The values that have a name, as source.</summary>
    public static IEnumerable<string> ValuesOf(ShapeModel shape) => Written(shape).Select(name => Value(shape, name));

    // If several names have the same value, the first is written; all are read.
    private static IEnumerable<EnumNameModel> Written(ShapeModel shape) => shape.Names.GroupBy(n => n.Bits).Select(g => g.First());

    private static string Value(ShapeModel shape, EnumNameModel name) =>
        name.IsObsolete ? $"unchecked(({shape.Type})0x{name.Bits:X})" : $"{shape.Type}.{Names.Escape(name.Name)}";

    /// <summary>The table of the names of an enum whose values can be combined.</summary>
    public static string TableOf(ShapeModel shape) => $"{shape.Name}Flags";

    /// <summary>Writes an enum whose values can be combined.</summary>
    public static void WriteFlags(ShapeModel shape, SourceWriter writer)
    {
        var table = TableOf(shape);
        var names = shape.Names.Select(n => $"({Names.Literal(n.Name)}, 0x{n.Bits:X})");
        writer.Line($"private static readonly (string Name, ulong Bits)[] {table} = [{string.Join(", ", names)}];");
        writer.Line();
        writer.Line($"private static string NameOf{shape.Name}({shape.Type} value, string field) =>");
        using (writer.Indent())
        {
            writer.Line($"{ValueCode.Helpers}.NameOfFlags(unchecked((ulong)value), {table}, field);");
        }

        writer.Line();
        writer.Line($"private static {shape.Type} Read{shape.Name}({ValueCode.ReaderParameter}, string field) =>");
        using (writer.Indent())
        {
            writer.Line($"unchecked(({shape.Type}){ValueCode.Helpers}.ReadFlags(ref reader, {table}, field));");
        }
    }
}
