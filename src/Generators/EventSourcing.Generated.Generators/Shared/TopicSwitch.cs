using System.Text;

namespace EventSourcing.Generators;

/// <summary>Compares a UTF-8 topic with constants: one after the other where they are few, by length and then by single bytes where they are many.</summary>
internal static class TopicSwitch
{
    private const int Few = 8;
    private const string Value = "topic";

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

        var encoded = all.Select(t => new Case(t.Topic, Encoding.UTF8.GetBytes(t.Topic), t.Statement)).ToList();
        WriteSwitch(writer, $"{Value}.Length", encoded.GroupBy(c => c.Bytes.Length), length => $"{length}");
    }

    private static void WriteSwitch(SourceWriter writer, string value, IEnumerable<IGrouping<int, Case>> groups, Func<int, string> label)
    {
        using (writer.Open($"switch ({value})"))
        {
            foreach (var group in groups.OrderBy(g => g.Key))
            {
                writer.Line($"case {label(group.Key)}:");
                using (writer.Indent())
                {
                    WriteGroup(writer, [.. group]);
                    writer.Line("break;");
                }
            }
        }
    }

    // All of the same length, and all different.
    private static void WriteGroup(SourceWriter writer, List<Case> cases)
    {
        if (cases.Count <= Few)
        {
            foreach (var one in cases)
                WriteOne(writer, one.Topic, one.Statement);
            return;
        }

        // The byte that tells most of them apart.
        var best = Enumerable.Range(0, cases[0].Bytes.Length).OrderBy(i => cases.GroupBy(c => c.Bytes[i]).Max(g => g.Count())).First();
        WriteSwitch(writer, $"{Value}[{best}]", cases.GroupBy(c => (int)c.Bytes[best]), b => b is > ' ' and < 127 and not '\'' and not '\\' ? $"(byte)'{(char)b}'" : $"0x{b:X2}");
    }

    private sealed class Case(string topic, byte[] bytes, string statement)
    {
        public string Topic => topic;

        public byte[] Bytes => bytes;

        public string Statement => statement;
    }

    private static void WriteOne(SourceWriter writer, string topic, string statement)
    {
        writer.Line($"if (global::System.MemoryExtensions.SequenceEqual({Value}, {Names.Literal(topic)}u8))");
        writer.Line($"    {statement}");
    }
}
