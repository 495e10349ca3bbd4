using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventSourcing.CompilerServices;

/// <summary>
/// Reads a state, for generated code, which asks for one field after the other. There are two ways. A state as <see cref="StateWriter"/>
/// writes it has the same fields in the same order, without spaces: the reader compares and moves on, and gives up if a byte differs, so
/// that <see cref="Ends"/> is false. The state is then read by the rules of JSON: the reader looks the fields up by name, and throws if
/// something is wrong. So the first way accepts nothing that the second refuses. One thread at a time.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref partial struct StateReader
{
    private const int MaxDepth = 64;

    private static readonly JsonReaderOptions Rules = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow };
    private static readonly JsonReaderState Inner = new(Rules with { MaxDepth = MaxDepth - 1 }); // the state itself is one

    private readonly ReadOnlySpan<byte> _state;
    private readonly bool _isByRules;

    // As written: the bytes behind the last field. Empty when the reader has given up.
    private ReadOnlySpan<byte> _rest;
    private int _nameLength;

    // By the rules of JSON: found when the first field is looked up, so that an unknown topic is reported before wrong JSON.
    private List<Field>? _fields;
    private int _start;
    private int _end;
    private DateTimeOffset _timestamp;

    /// <summary>Reads the value of a field for which <see cref="Begin"/> returned true. Positioned on the first token of the value.</summary>
    // A field, because generated code passes it by reference.
    public Utf8JsonReader Json;

    /// <summary>Begins to read.</summary>
    /// <param name="state">The state.</param>
    /// <param name="byRules">Whether to read by the rules of JSON; otherwise as the library writes.</param>
    public StateReader(ReadOnlySpan<byte> state, bool byRules)
    {
        _state = state;
        _isByRules = byRules;
        if (!byRules)
        {
            BeginWritten();
        }
    }

    /// <summary>Whether the state is read by the rules of JSON. For tests.</summary>
    internal readonly bool IsByRules => _isByRules;

    /// <summary>Whether the whole state was found to be JSON.</summary>
    internal readonly bool IsScanned => _fields is not null;

    /// <summary>The event's time, once <see cref="Ends"/> has returned true.</summary>
    public readonly DateTimeOffset Timestamp => _timestamp;

    /// <summary>The position in the state, in bytes: of the JSON that is wrong, or of the token that was read last.</summary>
    internal readonly long PositionOf(bool isWrongJson) => _start + (isWrongJson ? Json.BytesConsumed : Json.TokenStartIndex);

    /// <summary>Whether everything was read.</summary>
    /// <returns>False if the state isn't as the library writes it.</returns>
    /// <exception cref="StateFormatException">Only by the rules of JSON: the state is invalid.</exception>
    public bool Ends()
    {
        if (!_isByRules)
        {
            return _rest.Length == 1 && _rest[0] == '}';
        }

        // What fails from here on, such as a constructor, fails behind the last field.
        Scan();
        _start = _end;
        Json = default;
        return true;
    }

    /// <summary>Whether the state has the field. As written, whether it comes next.</summary>
    /// <param name="name">The name, with its punctuation: <c>,"name":</c>.</param>
    /// <exception cref="StateFormatException">Only by the rules of JSON: the state is invalid, or has the field twice.</exception>
    public bool Has(scoped ReadOnlySpan<byte> name) => _isByRules ? Find(name) : _rest.StartsWith(name);

    /// <summary>Skips a field that is null; false if it isn't.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <exception cref="StateFormatException">Only by the rules of JSON: the state is invalid, or has the field twice.</exception>
    public bool IsNull(scoped ReadOnlySpan<byte> name)
    {
        if (_isByRules)
        {
            return Find(name) && Json.TokenType == JsonTokenType.Null;
        }

        if (!_rest.StartsWith(name) || !_rest[name.Length..].StartsWith("null"u8))
        {
            return false;
        }

        _rest = _rest[(name.Length + "null".Length)..];
        return true;
    }

    /// <summary>Begins a field whose value is read with <see cref="Json"/>.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <returns>False if the reader has given up.</returns>
    /// <exception cref="StateFormatException">Only by the rules of JSON: the state is invalid, or has the field twice or not at all.</exception>
    public bool Begin(scoped ReadOnlySpan<byte> name)
    {
        if (!_rest.StartsWith(name))
        {
            return Seek(name);
        }

        _nameLength = name.Length;
        Json = new Utf8JsonReader(_rest[name.Length..], isFinalBlock: true, Inner);
        return Json.Read();
    }

    /// <summary>Ends such a field. <see cref="Json"/> is on the last token of the value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The value.</returns>
    public T End<T>(T value)
    {
        if (!_isByRules)
        {
            var end = _nameLength + (int)Json.BytesConsumed;
            // Readers check only the text that they return.
            _rest = Utf8.IsValid(_rest[_nameLength..end]) ? _rest[end..] : default;
        }

        return value;
    }

    /// <summary>By the rules of JSON, moves <see cref="Json"/> to the value of a field; otherwise gives up.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Seek(scoped ReadOnlySpan<byte> name)
    {
        if (!_isByRules)
        {
            _rest = default;
            return false;
        }

        return Find(name) ? true : throw Wrong(_end, name, "is missing");
    }

    private bool Find(scoped ReadOnlySpan<byte> name)
    {
        Scan();
        var plain = Plain(name);
        var found = -1;
        for (var i = 0; i < _fields!.Count; i++)
        {
            if (NameOf(_fields[i]).SequenceEqual(plain))
            {
                found = found < 0 ? i : throw Wrong(_fields[i].Name - 1, name, "occurs twice");
            }
        }

        if (found < 0)
        {
            return false;
        }

        _start = _fields[found].Start;
        // Up to the end of the state: a converter that reads more than its value must not see an end.
        Json = new Utf8JsonReader(_state[_start..], isFinalBlock: true, Inner);
        return Json.Read();
    }

    private StateFormatException Wrong(int at, scoped ReadOnlySpan<byte> name, string what)
    {
        _start = at;
        Json = default;
        return new StateFormatException($"'{Text(name)}' {what}");
    }

    private readonly ReadOnlySpan<byte> NameOf(Field field) => field.Unescaped ?? _state.Slice(field.Name, field.NameLength);

    private void Scan()
    {
        if (_fields is not null)
        {
            return;
        }

        Json = new Utf8JsonReader(_state, Rules);
        StateJson.ReadStart(ref Json);
        var fields = new List<Field>();
        while (StateJson.NextName(ref Json))
        {
            var name = (int)Json.TokenStartIndex + 1;
            var length = Json.ValueSpan.Length;
            var unescaped = Json.ValueIsEscaped ? Unescaped(ref Json) : null;
            Json.Read();
            var start = (int)Json.TokenStartIndex;
            Json.Skip();
            fields.Add(new Field(name, length, unescaped, start));
        }

        _end = (int)Json.TokenStartIndex;
        if (Json.Read())
        {
            throw new StateFormatException("data after the end");
        }

        _fields = fields;
        _timestamp = Seek(",\"timestamp\":"u8) ? StateJson.ReadTimestamp(ref Json) : default;
    }

    // The name without its punctuation and escapes.
    private static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> name)
    {
        var plain = name[2..^2];
        if (!plain.Contains((byte)'\\'))
        {
            return plain;
        }

        var reader = new Utf8JsonReader(name[1..^1]);
        reader.Read();
        return Unescaped(ref reader);
    }

    // Null for half of a surrogate pair, which no name of an event contains.
    private static byte[]? Unescaped(ref Utf8JsonReader reader)
    {
        var name = new byte[reader.ValueSpan.Length]; // an escape is longer than what it stands for
        try
        {
            return name[..reader.CopyString(name)];
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Text(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(Plain(name));

    /// <summary>The place of a field in the state.</summary>
    /// <param name="Name">The beginning of its name.</param>
    /// <param name="NameLength">The length of the name as it is written.</param>
    /// <param name="Unescaped">The name, if it is written with escapes that stand for text.</param>
    /// <param name="Start">The beginning of its value.</param>
    private readonly record struct Field(int Name, int NameLength, byte[]? Unescaped, int Start);
}
