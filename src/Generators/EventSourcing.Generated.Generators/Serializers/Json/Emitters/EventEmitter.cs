using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes and reads the state of one event: its time, then its fields.</summary>
internal static class EventEmitter
{
    public static void Write(EventModel e, ValueCode code, SourceWriter writer)
    {
        // Each event has methods with names of their own: with overloads, the compiler would compare all of them for each call.
        var name = EventCode.PlainName(e);
        var locals = FieldReader.LocalsOf(e.Contract.Fields.Select(f => f.JsonName));
        using (writer.Open($"public static string Write{name}({KnownNames.Services}.StateWriter writer, {e.TypeName} e, {KnownNames.DateTimeOffset} timestamp)"))
        {
            writer.Line("writer.WriteStart(timestamp);");
            for (var i = 0; i < e.Contract.Fields.Count; i++)
            {
                var field = e.Contract.Fields[i];
                code.WriteEventField(field.Shape, field.JsonName, $"e.{field.Property}{(code.Shape(field.Shape).Type == field.Type ? "" : "!")}", locals[i], writer);
            }

            writer.Line("writer.WriteEnd();");
            writer.Line($"return {Names.Literal(e.Contract.Topic)};");
        }

        ReadField[] fields = [.. e.Fields.Select(f => new ReadField(
            f.Contract.JsonName, f.Contract.Property, f.Contract.Type, f.Contract.Shape, f.Placement, f.Contract.Default, f.KeepsInitialValue, f.Conversion))];
        writer.Line();
        using (writer.Open($"public static {e.TypeName}? Read{name}(ref {KnownNames.StateReader} state)"))
        {
            FieldReader.WriteEvent($"new {e.TypeName}", fields, code, writer);
        }
    }
}
