namespace EventSourcing.Generators;

/// <summary>Compares a UTF-8 topic with constants: one after the other where they are few, by length first where they are many.</summary>
internal static class TopicSwitch
{
    private const int Few = 8;

    /// <param name="writer">Receives the statements; what doesn't match falls through them.</param>
    /// <param name="topics">The topics, each with the statement that is run for it.</param>
    public static void Write(SourceWriter writer, IEnumerable<(string Topic, string Statement)> topics)
    {
        var all = topics.ToList();
        if (all.Count <= Few)
        {
            foreach (var (topic, statement) in all)
                WriteOne(writer, topic, statement);
            return;
        }

        using (writer.Open("switch (topic.Length)"))
        {
            foreach (var group in all.GroupBy(t => System.Text.Encoding.UTF8.GetByteCount(t.Topic)).OrderBy(g => g.Key))
            {
                writer.Line($"case {group.Key}:");
                using (writer.Indent())
                {
                    foreach (var (topic, statement) in group)
                        WriteOne(writer, topic, statement);
                    writer.Line("break;");
                }
            }
        }
    }

    private static void WriteOne(SourceWriter writer, string topic, string statement)
    {
        writer.Line($"if (global::System.MemoryExtensions.SequenceEqual(topic, {Names.Literal(topic)}u8))");
        writer.Line($"    {statement}");
    }
}
