using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes and reads records, classes and structs.</summary>
internal static class ObjectEmitter
{
    public static void Write(ShapeModel shape, ValueCode code, SourceWriter writer)
    {
        var locals = FieldReader.LocalsOf(shape.Members.Select(m => m.JsonName));
        using (ValueCode.OpenWrite(shape, writer))
        {
            // A derived class may have more members than are written here.
            if (shape.IsOpen)
            {
                writer.Line($"{ValueCode.Helpers}.RequireExact(value, field);");
            }

            writer.Line("writer.WriteStartObject();");
            for (var i = 0; i < shape.Members.Count; i++)
            {
                var member = shape.Members[i];
                code.WriteField(member.Shape, member.JsonName, $"value.{member.Name}{(code.Shape(member.Shape).Type == member.Type ? "" : "!")}", locals[i], writer);
            }

            writer.Line("writer.WriteEndObject();");
        }

        if (shape.HiddenConstructor is not null)
        {
            writer.Line();
            writer.Line("[global::System.Runtime.CompilerServices.UnsafeAccessor(global::System.Runtime.CompilerServices.UnsafeAccessorKind.Constructor)]");
            writer.Line($"private static extern {shape.Type} {shape.Maker}({shape.HiddenConstructor});");
        }

        writer.Line();
        var names = $"{shape.Name}Members";
        writer.Line(FieldReader.NamesConstant(names, shape.Members.Select(m => m.JsonName)));
        using (ValueCode.OpenRead(shape, writer))
        {
            writer.Line($"{ValueCode.Helpers}.ReadStartObject(ref reader, field);");
            var fields = shape.Members.Select(m => new ReadField(m.JsonName, m.Name, m.Type, m.Shape, m.Placement, m.Default, m.KeepsInitialValue, m.Conversion));
            FieldReader.WriteObject(shape.Maker, names, [.. fields], code, writer);
        }
    }
}
