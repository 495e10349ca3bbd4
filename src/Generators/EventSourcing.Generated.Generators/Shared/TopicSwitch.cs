using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace EventSourcing.Generators.Shared;

/// <summary>
/// Compares a UTF-8 topic, or a part of it, with constants: one after the other where they are few, by length and then by single bytes
/// where they are many.
/// </summary>
/// <param name="writer">Receives the statements.</param>
/// <param name="value">The variable that is compared.</param>
internal sealed class TopicSwitch(SourceWriter writer, string value)
{
    private const int Few = 8;

    /// <param name="cases">The constants, each with the statement that is run for it; a topic that matches none falls through.</param>
    public void Write(IEnumerable<(string Text, string Statement)> cases)
    {
        var all = cases.ToList();
        if (all.Count <= Few)
        {
            foreach (var (text, statement) in all)
            {
                WriteOne(text, statement);
            }

            return;
        }

        var encoded = all.Select(c => new Case(c.Text, Encoding.UTF8.GetBytes(c.Text), c.Statement)).ToList();
        WriteSwitch($"{value}.Length", encoded.GroupBy(c => c.Bytes.Length), length => $"{length}");
    }

    private void WriteSwitch(string switched, IEnumerable<IGrouping<int, Case>> groups, Func<int, string> label)
    {
        using (writer.Open($"switch ({switched})"))
        {
            foreach (var group in groups.OrderBy(g => g.Key))
            {
                writer.Line($"case {label(group.Key)}:");
                using (writer.Indent())
                {
                    WriteGroup([.. group]);
                    writer.Line("break;");
                }
            }
        }
    }

    // All of the same length, and all different.
    private void WriteGroup(List<Case> cases)
    {
        if (cases.Count <= Few)
        {
            foreach (var one in cases)
            {
                WriteOne(one.Text, one.Statement);
            }

            return;
        }

        // The byte that distinguishes most of them.
        var best = Enumerable.Range(0, cases[0].Bytes.Length).OrderBy(i => cases.GroupBy(c => c.Bytes[i]).Max(g => g.Count())).First();
        WriteSwitch($"{value}[{best}]", cases.GroupBy(c => (int)c.Bytes[best]), b => b < 128 ? $"(byte){SymbolDisplay.FormatLiteral((char)b, quote: true)}" : $"0x{b:X2}");
    }

    private sealed class Case(string text, byte[] bytes, string statement)
    {
        public string Text => text;

        public byte[] Bytes => bytes;

        public string Statement => statement;
    }

    private void WriteOne(string text, string statement)
    {
        // The generic method for spans isn't used: the compiler would have to infer its types each time.
        writer.Line($"if ({KnownNames.Services}.Topic.Is({value}, {Names.Literal(text)}u8))");
        writer.Line($"    {statement}");
    }
}
