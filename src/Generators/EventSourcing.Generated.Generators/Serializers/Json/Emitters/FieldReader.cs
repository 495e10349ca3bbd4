using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>A field of an event or object, as its reader sees it.</summary>
/// <param name="JsonName">Its name.</param>
/// <param name="Member">The member of the object.</param>
/// <param name="DeclaredType">The type of the member, as it is declared.</param>
/// <param name="Shape">The index of its shape.</param>
/// <param name="Placement">How its value is put into the object.</param>
/// <param name="Default">The source of the value for a missing field, or null.</param>
/// <param name="KeepsInitialValue">Whether a missing field keeps the value of a new object.</param>
/// <param name="Conversion">The expression that converts the value to the constructor's argument, with <c>{0}</c> for the value, or null.</param>
internal sealed record ReadField(string JsonName, string Member, string DeclaredType, int Shape, Placement Placement, string? Default, bool KeepsInitialValue, string? Conversion = null);

/// <summary>Writes the reading of the fields of an event or object, and the creation of the object.</summary>
internal static class FieldReader
{
    private const int SetSize = 64;

    /// <summary>Free names for locals that hold the fields.</summary>
    public static string[] LocalsOf(IEnumerable<string> jsonNames)
    {
        var taken = new HashSet<string>(["reader", "writer", "value", "field", "fields", "timestamp", "result", "initial", "e", "state"], StringComparer.Ordinal);
        return [.. jsonNames.Select(name =>
        {
            var local = name;
            // Such a name could also be that of a set of fields.
            while (local.StartsWith("fields", StringComparison.Ordinal) || !taken.Add(local))
            {
                local = "_" + local;
            }
            return Names.Escape(local);
        })];
    }

    /// <summary>Writes the body that reads the fields of an object after its beginning, in any order.</summary>
    /// <param name="maker">The expression that creates the object, without the arguments: <c>new Trick</c>.</param>
    /// <param name="names">The constant with the names of the fields.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="code">Reads the values.</param>
    /// <param name="writer">Receives the statements.</param>
    public static void WriteObject(string maker, string names, IReadOnlyList<ReadField> fields, ValueCode code, SourceWriter writer)
    {
        fields = WithoutForcedNulls(fields, code);
        var locals = LocalsOf(fields.Select(f => f.JsonName));
        var sets = (fields.Count + SetSize - 1) / SetSize;
        for (var i = 0; i < fields.Count; i++)
        {
            writer.Line(Declaration(fields[i], locals[i], code));
        }

        for (var set = 0; set < sets; set++)
        {
            writer.Line($"var {Set(set)} = new {KnownNames.Services}.StateFields();");
        }

        using (writer.Open($"while ({ValueCode.Helpers}.NextName(ref reader))"))
        {
            for (var i = 0; i < fields.Count; i++)
            {
                writer.Line($"{(i == 0 ? "if" : "else if")} ({Set(i / SetSize)}.Take(ref reader, {i % SetSize}, {Names.Literal(fields[i].JsonName)}u8))");
                using (writer.Indent())
                {
                    writer.Line($"{locals[i]} = {code.Read(fields[i].Shape, Names.Literal(fields[i].JsonName))};");
                }
            }

            if (fields.Count == 0)
            {
                writer.Line($"{ValueCode.Helpers}.SkipUnknown(ref reader, {names});");
            }
            else
            {
                writer.Line("else");
                using (writer.Indent())
                {
                    writer.Line($"{ValueCode.Helpers}.SkipUnknown(ref reader, {names});");
                }
            }
        }

        writer.Line();
        for (var set = 0; set < sets; set++)
        {
            WriteRequire(set, names, fields, writer);
        }

        string[] has = [.. fields.Select((_, i) => $"{Set(i / SetSize)}.Has({i % SetSize})")];
        WriteInitialValues(maker, fields, locals, has, code, writer);
        WriteMaking(maker, fields, locals, has, code, writer);
    }

    /// <summary>Writes the body that reads an event.</summary>
    /// <param name="maker">The expression that creates the object, without the arguments: <c>new Trick</c>.</param>
    /// <param name="fields">The fields, without the time.</param>
    /// <param name="code">Reads the values.</param>
    /// <param name="writer">Receives the statements.</param>
    public static void WriteEvent(string maker, IReadOnlyList<ReadField> fields, ValueCode code, SourceWriter writer)
    {
        fields = WithoutForcedNulls(fields, code);
        var locals = LocalsOf(fields.Select(f => f.JsonName));
        var has = new string[fields.Count];
        var taken = new HashSet<string>(locals, StringComparer.Ordinal);
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            var shape = code.Shape(field.Shape);
            var value = code.ReadField(field.Shape, field.JsonName);
            has[i] = "";
            if (field.KeepsInitialValue || field.Placement == Placement.Assignment)
            {
                has[i] = Names.Free("has" + Names.Pascal(locals[i].TrimStart('@')), taken);
                writer.Line($"var {has[i]} = state.Has({code.WrittenName(field.JsonName)});");
                value = $"!{has[i]} ? {field.Default ?? "default"}{Forced(field.Default is null, shape)} : {value}";
            }
            else if (field.Default is not null)
            {
                value = $"!state.Has({code.WrittenName(field.JsonName)}) ? {field.Default} : {value}";
            }

            writer.Line($"{shape.Type} {locals[i]} = {value};");
        }

        if (has.All(h => h.Length == 0))
        {
            writer.Line($"return state.Ends() ? {Making(maker, fields, locals, Bang)} : null;");
            return;
        }

        writer.Line("if (!state.Ends())");
        using (writer.Indent())
        {
            writer.Line("return null;");
        }

        WriteInitialValues(maker, fields, locals, has, code, writer);
        WriteMaking(maker, fields, locals, has, code, writer);

        string Bang(ReadField f) => code.Shape(f.Shape).Type == f.DeclaredType ? "" : "!";
    }

    /// <summary>Writes the initial values of missing init-only members, as in an old state. They are taken from a new object.</summary>
    private static void WriteInitialValues(string maker, IReadOnlyList<ReadField> fields, string[] locals, string[] has, ValueCode code, SourceWriter writer)
    {
        var missing = fields.Select((f, i) => (Field: f, Local: locals[i], Has: has[i])).Where(f => f.Field.KeepsInitialValue).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        using (writer.Open($"if ({string.Join(" || ", missing.Select(m => "!" + m.Has))})"))
        {
            writer.Line($"var initial = {Making(maker, fields, locals, f => Bang(f, code), withKept: false)};");
            foreach (var (field, local, isRead) in missing)
            {
                if (missing.Count == 1)
                {
                    writer.Line($"{local} = initial.{field.Member};");
                    continue;
                }

                writer.Line($"if (!{isRead})");
                using (writer.Indent())
                {
                    writer.Line($"{local} = initial.{field.Member};");
                }
            }
        }

        writer.Line();
    }

    /// <summary>The constant with the names of the fields, for messages about duplicate and missing fields.</summary>
    public static string NamesConstant(string name, IEnumerable<string> jsonNames) =>
        $"private static readonly string[] {name} = [{string.Join(", ", jsonNames.Select(Names.Literal))}];";

    private static string Declaration(ReadField field, string local, ValueCode code)
    {
        var shape = code.Shape(field.Shape);
        if (field.Default is not null)
        {
            return $"{shape.Type} {local} = {field.Default};";
        }

        return shape.IsReference && shape.Kind != ShapeKind.Nullable
            ? $"{shape.Type}? {local} = null;"
            : $"{shape.Type} {local} = {(shape.Kind == ShapeKind.Nullable ? "null" : "default")};";
    }

    private static void WriteRequire(int set, string names, IReadOnlyList<ReadField> fields, SourceWriter writer)
    {
        var required = 0UL;
        for (var bit = 0; bit < SetSize && (set * SetSize) + bit < fields.Count; bit++)
        {
            if (fields[(set * SetSize) + bit] is { Default: null, KeepsInitialValue: false, Placement: not Placement.Assignment })
            {
                required |= 1UL << bit;
            }
        }

        if (required != 0)
        {
            writer.Line($"{Set(set)}.Require(0x{required:X}, {names}{(set == 0 ? "" : $", first: {set * SetSize}")});");
        }
    }

    private static void WriteMaking(string maker, IReadOnlyList<ReadField> fields, string[] locals, string[] has, ValueCode code, SourceWriter writer)
    {
        var making = Making(maker, fields, locals, f => Bang(f, code));
        if (fields.All(f => f.Placement != Placement.Assignment))
        {
            writer.Line($"return {making};");
            return;
        }

        writer.Line($"var result = {making};");
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Placement != Placement.Assignment)
            {
                continue;
            }

            writer.Line($"if ({has[i]})");
            using (writer.Indent())
            {
                writer.Line($"result.{fields[i].Member} = {locals[i]}{Bang(fields[i], code)};");
            }
        }

        writer.Line("return result;");
    }

    private static string Making(string maker, IReadOnlyList<ReadField> fields, string[] locals, Func<ReadField, string> bang, bool withKept = true)
    {
        var all = fields.Select((field, i) => (Field: field, Value: field.Conversion is null ? locals[i] + bang(field) : string.Format(field.Conversion, locals[i] + bang(field)))).ToList();
        var arguments = string.Join(", ", all.Where(f => f.Field.Placement == Placement.Argument).Select(f => f.Value));
        var initializer = string.Join(", ", all.Where(f => f.Field.Placement == Placement.Initializer && (withKept || !f.Field.KeepsInitialValue)).Select(f => $"{f.Field.Member} = {f.Value}"));
        return $"{maker}({arguments}){(initializer.Length == 0 ? "" : $" {{ {initializer} }}")}";
    }

    // null! isn't a default: a missing value must not become null when the type doesn't allow null.
    private static IReadOnlyList<ReadField> WithoutForcedNulls(IReadOnlyList<ReadField> fields, ValueCode code) =>
        [.. fields.Select(f => f.Default == "null!" && code.Shape(f.Shape) is { IsReference: true, Kind: not ShapeKind.Nullable } ? f with { Default = null } : f)];

    // A required field is no longer null, which the compiler can't see. In code without annotations, types differ from the generated ones.
    private static string Bang(ReadField field, ValueCode code)
    {
        var shape = code.Shape(field.Shape);
        return (shape.IsReference && shape.Kind != ShapeKind.Nullable && field.Default is null) || shape.Type != field.DeclaredType ? "!" : "";
    }

    // The default of a reference is null, which no reader returns.
    private static string Forced(bool isDefault, ShapeModel shape) => isDefault && shape.IsReference && shape.Kind != ShapeKind.Nullable ? "!" : "";

    private static string Set(int index) => index == 0 ? "fields" : $"fields{index + 1}";
}
