using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes and reads tuples, which are arrays of a fixed length.</summary>
internal static class TupleEmitter
{
    public static void Write(ShapeModel shape, ValueCode code, SourceWriter writer)
    {
        var locals = shape.Members.Select(m => Names.Camel(m.Name)).ToList();
        using (ValueCode.OpenWrite(shape, writer))
        {
            writer.Line("writer.WriteStartArray();");
            foreach (var (member, local) in shape.Members.Zip(locals, (m, l) => (m, l)))
            {
                code.WriteValue(member.Shape, $"value.{member.Name}{Bang(member, code)}", local, "field", writer);
            }

            writer.Line("writer.WriteEndArray();");
        }

        using (ValueCode.OpenRead(shape, writer))
        {
            writer.Line($"{ValueCode.Helpers}.ReadStartArray(ref reader, field);");
            foreach (var (member, local) in shape.Members.Zip(locals, (m, l) => (m, l)))
            {
                writer.Line($"{ValueCode.Helpers}.ReadItem(ref reader, field);");
                writer.Line($"{code.Shape(member.Shape).Type} {local} = {code.Read(member.Shape, "field")};");
            }

            writer.Line($"{ValueCode.Helpers}.ReadEndArray(ref reader, field);");
            // The type of a tuple with such items differs, too.
            var bang = shape.Members.Any(m => Bang(m, code) != "") ? "!" : "";
            var items = string.Join(", ", shape.Members.Zip(locals, (m, l) => l + Bang(m, code)));
            writer.Line(shape.Type[0] == '(' ? $"return ({items}){bang};" : $"return new {shape.Type}({items});");
        }
    }

    private static string Bang(MemberModel member, ValueCode code) => code.Shape(member.Shape).Type == member.Type ? "" : "!";
}
