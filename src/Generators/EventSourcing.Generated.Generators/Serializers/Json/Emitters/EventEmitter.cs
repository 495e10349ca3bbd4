using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes and reads the state of one event: its time, then its fields.</summary>
internal static class EventEmitter
{
    public static void Write(EventModel e, ValueCode code, SourceWriter writer)
    {
        var name = e.TypeName.TrimStart('@');
        var locals = FieldReader.LocalsOf(e.Contract.Fields.Select(f => f.JsonName));
        using (writer.Open($"public static void Write({KnownNames.Services}.StateWriter writer, {e.TypeName} e, {KnownNames.DateTimeOffset} timestamp)"))
        {
            writer.Line("writer.WriteStart(timestamp);");
            for (var i = 0; i < e.Contract.Fields.Count; i++)
            {
                var field = e.Contract.Fields[i];
                code.WriteEventField(field.Shape, field.JsonName, $"e.{field.Property}{(code.Shape(field.Shape).Type == field.Type ? "" : "!")}", locals[i], writer);
            }

            writer.Line("writer.WriteEnd();");
        }

        ReadField[] fields = [.. e.Fields.Select(f => new ReadField(
            f.Contract.JsonName, f.Contract.Property, f.Contract.Type, f.Contract.Shape, f.Placement, f.Contract.Default, f.KeepsInitialValue, f.Conversion))];
        writer.Line();
        using (writer.Open($"public static {e.TypeName}? TryRead{name}({KnownNames.Written}, out {KnownNames.DateTimeOffset} timestamp)"))
        {
            FieldReader.WriteTrying($"new {e.TypeName}", fields, code, writer);
        }

        writer.Line();
        writer.Line(FieldReader.NamesConstant($"{name}Fields", hasTimestamp: true, e.Contract.Fields.Select(f => f.JsonName)));
        writer.Line();
        using (writer.Open($"public static {e.TypeName} Read{name}({ValueCode.ReaderParameter}, out {KnownNames.DateTimeOffset} timestamp)"))
        {
            writer.Line($"{ValueCode.Helpers}.ReadStart(ref reader);");
            writer.Line("timestamp = default;");
            FieldReader.Write($"new {e.TypeName}", $"{name}Fields", hasTimestamp: true, fields, code, writer);
        }
    }
}
