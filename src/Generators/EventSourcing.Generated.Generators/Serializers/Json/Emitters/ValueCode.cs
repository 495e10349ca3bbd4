using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>The statements and expressions that write and read one value, in any place.</summary>
internal sealed class ValueCode
{
    public const string Helpers = KnownNames.Services + ".StateJson";
    public const string WriterParameter = KnownNames.Writer + " writer";
    public const string ReaderParameter = "ref " + KnownNames.Reader + " reader";

    private readonly EquatableArray<ShapeModel> _shapes;
    private readonly Dictionary<string, string> _nameConstants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _fieldConstants = new(StringComparer.Ordinal);

    public ValueCode(SerializerModel model)
    {
        _shapes = model.Shapes;
        var methods = model.Shapes.SelectMany(s => new[] { "Read" + s.Name, "Write" + s.Name, "NameOf" + s.Name, "Fix" + s.Name })
            .Concat(model.Events.Select(EventCode.PlainName).SelectMany(n => new[] { "Read" + n, "Write" + n, "Fix" + n }));
        var taken = new HashSet<string>(methods, StringComparer.Ordinal);
        var members = model.Shapes.Where(s => s.Kind == ShapeKind.Object).SelectMany(s => s.Members).Select(m => m.JsonName);
        foreach (var name in members.Distinct(StringComparer.Ordinal))
        {
            _nameConstants.Add(name, Names.Free(Names.Pascal(name) + "Name", taken));
        }
        // Plain names of fields are written where they are used. These names may be escaped, which only the writer knows.
        foreach (var name in model.Events.SelectMany(e => e.Contract.Fields).Select(f => f.JsonName).Where(n => !IsPlain(n)).Distinct(StringComparer.Ordinal))
        {
            _fieldConstants.Add(name, Names.Free(Names.Pascal(name) + "Field", taken));
        }
    }

    /// <summary>The constants of the names in JSON, of members of objects.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> NameConstants => _nameConstants;

    /// <summary>The constants of the names of events' fields that aren't ASCII.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> FieldConstants => _fieldConstants;

    public ShapeModel Shape(int index) => _shapes[index];

    /// <summary>The expression for the name of an event's field, with the JSON around it.</summary>
    public string WrittenName(string jsonName) =>
        IsPlain(jsonName) ? $"\",\\\"{jsonName}\\\":\"u8" : _fieldConstants[jsonName];

    /// <summary>Writes a field of an event.</summary>
    /// <param name="shape">The shape of the value.</param>
    /// <param name="jsonName">The name of the field.</param>
    /// <param name="expression">The value.</param>
    /// <param name="local">A free name for a local.</param>
    /// <param name="writer">Receives the statements.</param>
    public void WriteEventField(int shape, string jsonName, string expression, string local, SourceWriter writer)
    {
        var model = _shapes[shape];
        var name = WrittenName(jsonName);
        switch (model)
        {
            case { Kind: ShapeKind.Nullable }:
                WriteNullable(expression, local, $"writer.WriteNull({name});", writer, w => WriteEventField(model.Element, jsonName, Suppressed(local, expression), local, w));
                break;
            case { Kind: ShapeKind.Wrapper, IsReference: false }:
                WriteEventField(model.Element, jsonName, Unwrapped(model, expression), local, writer);
                break;
            case { Scalar: { Writer: { } method } scalar }:
                writer.Line($"writer.{method}({name}, {scalar.Cast}{expression});");
                break;
            case { Scalar: not null, Name: "String" }:
                writer.Line($"writer.WriteString({name}, {expression});");
                break;
            case { Kind: ShapeKind.Enum or ShapeKind.Flags }:
                writer.Line($"writer.WriteString({name}, NameOf{model.Name}({expression}, {Names.Literal(jsonName)}));");
                break;
            default:
                writer.Line($"writer.Begin({name});");
                writer.Line(model.Scalar is null
                    ? $"Write{model.Name}(writer.Json, {expression}, {Names.Literal(jsonName)});"
                    : $"{Helpers}.Write{model.Name}(writer.Json, {expression}, {Names.Literal(jsonName)});");
                writer.Line("writer.End();");
                break;
        }
    }

    /// <summary>The expression that reads a field of an event.</summary>
    public string ReadField(int shape, string jsonName)
    {
        var model = _shapes[shape];
        var name = WrittenName(jsonName);
        return model switch
        {
            { Kind: ShapeKind.Nullable } => $"state.IsNull({name}) ? null : {ReadField(model.Element, jsonName)}",
            { Kind: ShapeKind.Wrapper } => string.Format(model.Wrap!, ReadField(model.Element, jsonName)),
            { Scalar.IsRead: true } => $"state.{model.Name}({name})",
            _ => $"state.Begin({name}) ? state.End({Read(shape, Names.Literal(jsonName), "state.Json")}) : default{(model.IsReference ? "!" : "")}",
        };
    }

    /// <summary>Writes a field of an object.</summary>
    /// <param name="shape">The shape of the value.</param>
    /// <param name="jsonName">The name of the field.</param>
    /// <param name="expression">The value.</param>
    /// <param name="local">A free name for a local.</param>
    /// <param name="writer">Receives the statements.</param>
    public void WriteField(int shape, string jsonName, string expression, string local, SourceWriter writer)
    {
        var model = _shapes[shape];
        var name = _nameConstants[jsonName];
        var field = Names.Literal(jsonName);
        switch (model)
        {
            case { Kind: ShapeKind.Nullable }:
                WriteNullable(expression, local, $"writer.WriteNull({name});", writer, w => WriteField(model.Element, jsonName, Suppressed(local, expression), local, w));
                break;
            case { Kind: ShapeKind.Wrapper, IsReference: false }:
                WriteField(model.Element, jsonName, Unwrapped(model, expression), local, writer);
                break;
            case { Scalar: { Writer: { } method } scalar }:
                writer.Line($"writer.{method}({name}, {scalar.Cast}{expression});");
                break;
            case { Scalar: not null, Name: "String" }:
                writer.Line($"{Helpers}.WriteString(writer, {name}, {expression});");
                break;
            case { Kind: ShapeKind.Enum or ShapeKind.Flags }:
                writer.Line($"writer.WriteString({name}, NameOf{model.Name}({expression}, {field}));");
                break;
            default:
                writer.Line($"writer.WritePropertyName({name});");
                WriteValue(shape, expression, local, field, writer);
                break;
        }
    }

    /// <summary>Writes a value alone.</summary>
    /// <param name="shape">The shape of the value.</param>
    /// <param name="expression">The value.</param>
    /// <param name="local">A free name for a local.</param>
    /// <param name="field">The source of the name that messages use for it.</param>
    /// <param name="writer">Receives the statements.</param>
    public void WriteValue(int shape, string expression, string local, string field, SourceWriter writer)
    {
        var model = _shapes[shape];
        switch (model)
        {
            case { Kind: ShapeKind.Nullable }:
                WriteNullable(expression, local, "writer.WriteNullValue();", writer, w => WriteValue(model.Element, Suppressed(local, expression), local, field, w));
                break;
            case { Kind: ShapeKind.Wrapper, IsReference: false }:
                WriteValue(model.Element, Unwrapped(model, expression), local, field, writer);
                break;
            case { Scalar: { Writer: { } method } scalar }:
                writer.Line($"writer.{method}Value({scalar.Cast}{expression});");
                break;
            case { Scalar: not null }:
                writer.Line($"{Helpers}.Write{model.Name}(writer, {expression}, {field});");
                break;
            case { Kind: ShapeKind.Enum or ShapeKind.Flags }:
                writer.Line($"writer.WriteStringValue(NameOf{model.Name}({expression}, {field}));");
                break;
            default:
                writer.Line($"Write{model.Name}(writer, {expression}, {field});");
                break;
        }
    }

    /// <summary>The expression that reads the value at the reader's position.</summary>
    public string Read(int shape, string field, string reader = "reader")
    {
        var model = _shapes[shape];
        return model.Kind switch
        {
            ShapeKind.Nullable => $"{Helpers}.IsNull(ref {reader}) ? null : {Read(model.Element, field, reader)}",
            ShapeKind.Wrapper => string.Format(model.Wrap!, Read(model.Element, field, reader)),
            ShapeKind.Scalar => $"{Helpers}.Read{model.Name}(ref {reader}, {field})",
            _ => $"Read{model.Name}(ref {reader}, {field})",
        };
    }

    /// <summary>Opens a method that writes a shape, and refuses null.</summary>
    public static SourceWriter.Block OpenWrite(ShapeModel shape, SourceWriter writer)
    {
        var block = writer.Open($"private static void Write{shape.Name}({WriterParameter}, {shape.Type}{(shape.IsReference ? "?" : "")} value, string field)");
        if (shape.IsReference)
        {
            writer.Line("if (value is null)");
            using (writer.Indent())
            {
                writer.Line($"throw {Helpers}.Null(field);");
            }
        }

        return block;
    }

    /// <summary>Opens a method that reads a shape.</summary>
    public static SourceWriter.Block OpenRead(ShapeModel shape, SourceWriter writer)
    {
        writer.Line();
        return writer.Open($"private static {shape.Type} Read{shape.Name}({ReaderParameter}, string field)");
    }

    /// <summary>The expression for the value in a wrapper.</summary>
    public static string Unwrapped(ShapeModel wrapper, string expression) => string.Format(wrapper.Unwrap!, expression);

    // A name in C# holds no other ASCII characters than letters, digits and underscores.
    private static bool IsPlain(string name) => name.All(c => c <= 'z');

    /// <summary>
    /// The local of a pattern, with ! when its expression has one: the local has the same type. In code without annotations, types differ
    /// from the generated ones, and ! suppresses the warning.
    /// </summary>
    public static string Suppressed(string local, string expression) => expression[expression.Length - 1] == '!' ? local + "!" : local;

    private static void WriteNullable(string expression, string local, string otherwise, SourceWriter writer, Action<SourceWriter> write)
    {
        var hasBraces = WriteBody($"if ({expression.TrimEnd('!')} is {{ }} {local})", writer, write);
        WriteBody("else", writer, w => w.Line(otherwise), hasBraces);
    }

    /// <summary>Writes a heading and its body, in braces only when the body has more than one line.</summary>
    public static bool WriteBody(string heading, SourceWriter writer, Action<SourceWriter> write, bool hasBraces = false)
    {
        var inner = new SourceWriter();
        write(inner);
        var statements = inner.ToString().TrimEnd('\n');
        hasBraces |= statements.Contains('\n');
        if (hasBraces)
        {
            using (writer.Open(heading))
            {
                writer.Line(statements);
            }
        }
        else
        {
            writer.Line(heading);
            using (writer.Indent())
            {
                writer.Line(statements);
            }
        }

        return hasBraces;
    }
}
