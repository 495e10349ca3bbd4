using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Generators;

/// <summary>Writes indented source. Multi-line texts, such as raw strings, are indented line by line; lines always end with \n.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Writes one or more lines at the current depth.</summary>
    public SourceWriter Line(string text = "")
    {
        foreach (var line in text.Replace("\r\n", "\n").Split('\n'))
        {
            // Blank lines and preprocessor lines are not indented.
            if (line.Length > 0)
                _text.Append(' ', line[0] == '#' ? 0 : _depth * 4).Append(line);
            _text.Append('\n');
        }

        return this;
    }

    /// <summary>Writes the heading of a block and its brace; the result's disposal closes it.</summary>
    public Block Open(string heading, string close = "}")
    {
        Line(heading);
        Line("{");
        _depth++;
        return new Block(this, close);
    }

    /// <summary>Writes deeper until the result is disposed of.</summary>
    public Block Indent()
    {
        _depth++;
        return new Block(this, null);
    }

    public override string ToString() => _text.ToString();

    public SourceText ToSourceText() => SourceText.From(_text.ToString(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    /// <summary>An open block.</summary>
    public readonly struct Block(SourceWriter writer, string? close) : IDisposable
    {
        public void Dispose()
        {
            writer._depth--;
            if (close is not null)
                writer.Line(close);
        }
    }
}
