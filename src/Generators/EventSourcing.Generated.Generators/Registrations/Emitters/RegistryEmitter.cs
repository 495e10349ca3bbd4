namespace EventSourcing.Generators.Registrations.Emitters;

/// <summary>The registry: which aggregates there are, and which of them reads which topic.</summary>
internal static class RegistryEmitter
{
    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        const string Topic = "global::System.ReadOnlySpan<byte> topic";
        writer.Line();
        writer.Line(KnownNames.GeneratedCode);
        using (writer.Open($"private sealed class Registry : {KnownNames.Services}.EventRegistry<{model.KeyType}>"))
        {
            var registered = model.Aggregates.Count == 0 ? "false" : string.Join("\n    || ", model.Aggregates.Select(a => $"aggregate == typeof({a.FullName})"));
            writer.Line($"""
                public override string ApplicationName => {Names.Literal(model.Shell.Name.TrimStart('@'))};

                public override bool IsRegistered(global::System.Type aggregate) =>
                """);
            using (writer.Indent())
                writer.Line(registered + ";");
            writer.Line();
            using (writer.Open($"public override {KnownNames.Library}.IEvent? ReadEvent({Topic}, {KnownNames.Written}, ref {KnownNames.Reader} reader, out {KnownNames.DateTimeOffset} timestamp)"))
            {
                TopicSwitch.Write(writer, model.Topics.Select(t => (t.Topic,
                    $"return Read<{model.Aggregates[t.Aggregate].FullName}, {model.Aggregates[t.Aggregate].IdType}>(topic, written, ref reader, out timestamp);")));
                writer.Line("timestamp = default;");
                writer.Line("return null;");
            }

            writer.Line();
            using (writer.Open($"public override string GetTopic({Topic})"))
            {
                TopicSwitch.Write(writer, model.Topics.Select(t => (t.Topic, $"return {Names.Literal(t.Topic)};")));
                writer.Line("return base.GetTopic(topic);");
            }
        }
    }
}
