using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Generators.Shared;

/// <summary>
/// Writes indented source. Multi-line texts, such as raw strings, are indented line by line; lines always end with \n. Names of types
/// come with <c>global::</c>, and the most frequent namespaces are shortened to aliases, which <see cref="Aliases"/> declares. Written out,
/// they would be a fifth of the text.
/// </summary>
internal sealed class SourceWriter
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private const string Root = "global::";

    // A name with two underscores is reserved for tools, so that no alias of the user's is equal. The longer namespace comes first.
    private static readonly (string Namespace, string Alias)[] Shortened =
    [
        (KnownNames.Services + ".", "__gen::"),
        (KnownNames.Library + ".", "__es::"),
        ("global::System.", "__sys::"),
    ];

    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Writes one or more lines at the current depth.</summary>
    public SourceWriter Line(string text = "")
    {
        var start = 0;
        while (true)
        {
            var end = text.IndexOf('\n', start);
            var length = (end < 0 ? text.Length : end) - start;
            if (end > start && text[end - 1] == '\r')
            {
                length--;
            }
            // Blank lines and preprocessor lines are not indented.
            if (length > 0)
            {
                _text.Append(' ', text[start] == '#' ? 0 : _depth * 4);
                Append(text, start, start + length);
            }

            _text.Append('\n');
            if (end < 0)
            {
                return this;
            }

            start = end + 1;
        }
    }

    /// <summary>Writes the heading of a block and its brace; disposing of the result closes the block.</summary>
    public Block Open(string heading, string close = "}", string open = "{")
    {
        Line(heading);
        if (open.Length > 0)
        {
            Line(open);
        }

        _depth++;
        return new Block(this, close);
    }

    /// <summary>Increases the indentation until the result is disposed of.</summary>
    public Block Indent()
    {
        _depth++;
        return new Block(this, null);
    }

    /// <summary>Writes the aliases, which come before everything else in a file.</summary>
    public void Aliases()
    {
        foreach (var (name, alias) in Shortened)
        {
            _text.Append("using ").Append(alias, 0, alias.Length - 2).Append(" = ").Append(name, 0, name.Length - 1).Append(";\n");
        }
    }

    // Literals don't contain what is looked for, see Names.Literal.
    private void Append(string text, int start, int end)
    {
        for (int next; (next = text.IndexOf(Root, start, end - start, StringComparison.Ordinal)) >= 0;)
        {
            _text.Append(text, start, next - start);
            start = next;
            var (name, alias) = Array.Find(Shortened, s => string.CompareOrdinal(text, start, s.Namespace, 0, s.Namespace.Length) == 0);
            _text.Append(alias ?? Root);
            start += (name ?? Root).Length;
        }

        _text.Append(text, start, end - start);
    }

    public bool IsEmpty => _text.Length == 0;

    public override string ToString() => _text.ToString();

    public SourceText ToSourceText() => SourceText.From(_text.ToString(), Utf8);

    /// <summary>An open block.</summary>
    public readonly struct Block(SourceWriter writer, string? close) : IDisposable
    {
        public void Dispose()
        {
            writer._depth--;
            if (close is not null)
            {
                writer.Line(close);
            }
        }
    }
}
