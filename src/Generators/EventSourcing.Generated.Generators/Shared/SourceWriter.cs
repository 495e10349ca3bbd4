using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Generators.Shared;

/// <summary>Writes indented source. Multi-line texts, such as raw strings, are indented line by line; lines always end with \n.</summary>
internal sealed class SourceWriter
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

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
                _text.Append(' ', text[start] == '#' ? 0 : _depth * 4).Append(text, start, length);
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
    public Block Open(string heading, string close = "}")
    {
        Line(heading);
        Line("{");
        _depth++;
        return new Block(this, close);
    }

    /// <summary>Increases the indentation until the result is disposed of.</summary>
    public Block Indent()
    {
        _depth++;
        return new Block(this, null);
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
