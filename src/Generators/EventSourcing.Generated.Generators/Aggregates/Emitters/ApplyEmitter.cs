using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes the switch that passes each event to its Apply.</summary>
internal static class ApplyEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        const string Parameters = $"{KnownNames.Library}.IEvent e, {KnownNames.Library}.EventHeader header";
        using (AggregateEmitter.OpenMember(model, writer, "void", "Apply", "ApplyEvent", Parameters, "e, header"))
        {
            WriteSwitch(model, writer);
        }
    }

    private static void WriteSwitch(AggregateModel model, SourceWriter writer)
    {
        using (writer.Open("switch (e)"))
        {
            foreach (var e in model.Events)
            {
                var local = EventCode.Local(e);
                var label = EventCode.Case(e, local, isUsed: e.Apply != ApplyKind.None);
                writer.Line(e.Apply switch
                {
                    ApplyKind.None => $"{label} break; // changes nothing",
                    ApplyKind.EventAndHeader => $"{label} Apply({local}, header); break;",
                    _ => $"{label} Apply({local}); break;",
                });
            }

            writer.Line(model.Base is null ? $"default: throw {KnownNames.Services}.AggregateCore.NotAnEventOf(this, e);" : "default: base.ApplyEvent(e, header); break;");
        }
    }
}
