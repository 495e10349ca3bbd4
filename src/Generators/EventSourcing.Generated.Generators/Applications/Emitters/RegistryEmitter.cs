using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>Writes the registry: the aggregates, and the topics that each of them reads.</summary>
internal static class RegistryEmitter
{
    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        const string Topic = "global::System.ReadOnlySpan<byte> topic";
        writer.Line();
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (writer.Open($"private sealed class Registry : {KnownNames.Services}.EventRegistry<{model.KeyType}>"))
        {
            var registered = model.Aggregates.Count == 0 ? "false" : string.Join("\n    || ", model.Aggregates.Select(a => $"aggregate == typeof({a.FullName})"));
            writer.Line($"""
                public override string ApplicationName => {Names.Literal(model.Shell.Name.TrimStart('@'))};

                public override bool IsRegistered(global::System.Type aggregate) =>
                """);
            using (writer.Indent())
            {
                writer.Line(registered + ";");
            }

            writer.Line();
            using (writer.Open($"public override {KnownNames.Library}.IEvent? ReadEvent({Topic}, ref {KnownNames.StateReader} state)"))
            {
                WriteRoutes(model, writer, types => $"return Read<{types}>(topic, ref state);");
                writer.Line("return null;");
            }

            writer.Line();
            writer.Line("public override string[][] GetTopics() =>");
            using (writer.Indent())
            {
                writer.Line($"[{string.Join(", ", model.Aggregates.Select(a => $".. GetTopics<{a.FullName}, {a.IdType}>()"))}];");
            }

            if (model.Recorder.HasProjections)
            {
                writer.Line();
                writer.Line($"public override global::System.Collections.Generic.IReadOnlyList<{KnownNames.Services}.ProjectionDefinition<{model.KeyType}>> GetProjections() =>");
                using (writer.Indent())
                {
                    var views = model.Views.Select(v => $"new {KnownNames.Services}.ViewProjection<{v.Types}, {model.KeyType}>()");
                    var handlers = model.Recorder.Handlers.Select(h => $"new {KnownNames.Services}.HandlerProjection<{h.FullName}, {model.KeyType}>()");
                    writer.Line($"[{string.Join(", ", views.Concat(handlers))}];");
                }
            }

            writer.Line();
            using (writer.Open($"public override string GetTopic({Topic})"))
            {
                WriteRoutes(model, writer, types => $"return GetTopic<{types}>(topic);");
                writer.Line("return base.GetTopic(topic);");
            }
        }
    }

    private static void WriteRoutes(ApplicationModel model, SourceWriter writer, Func<string, string> statement)
    {
        foreach (var routes in model.Routes.GroupBy(r => r.IsOwner).OrderByDescending(g => g.Key))
        {
            if (routes.Key)
            {
                writer.Line($"var owner = {KnownNames.Services}.Topic.Owner(topic);");
            }

            new TopicSwitch(writer, routes.Key ? "owner" : "topic")
                .Write(routes.Select(r => (r.Text, statement($"{model.Aggregates[r.Aggregate].FullName}, {model.Aggregates[r.Aggregate].IdType}"))));
        }
    }
}
