using System.Text;

namespace EventSourcing.Generators.Tests.ValidPrograms;

/// <summary>
/// Writes a program that the compiler accepts, apart from the parts that the generator has to add: aggregates and an application with
/// names that generated code uses itself, defaults of every kind, base classes, nesting. The same seed writes the same program.
/// </summary>
internal sealed class RandomProgram
{
    private static readonly string[] Plain = ["Dog", "Order", "Account", "Basket", "Trick", "Payment", "Shelf", "Room", "Lamp", "Note", "Price", "Level", "Letter", "Garden", "Ticket", "Journey", "Parcel", "Window", "River", "Player", "Match", "Song", "Recipe", "Engine"];

    private static readonly string[] Keywords =
    [
        "event", "class", "int", "string", "namespace", "this", "base", "null", "default", "switch", "record", "required", "file", "field", "value", "partial",
        "where", "await", "async", "nint", "var", "dynamic", "notnull", "unmanaged", "args", "scoped", "extension", "global", "init", "get", "set", "with", "when",
    ];

    private static readonly string[] Generated =
    [
        "Id", "Version", "CreatedOn", "ModifiedOn", "PendingEvents", "Raise", "RaiseEvent", "Apply", "ApplyEvent", "WriteEvent", "ReadEvent", "GetTopics", "EventJson",
        "_aggregateCore", "Repository", "NotificationLog", "Recorder", "OpenAsync", "Create", "EventStore", "_repository", "AggregateRepository", "Registry",
        "SqliteRecorder", "SchemaSql", "SaveAsync", "CreateSession", "Key", "Core", "Rehydrate", "ToKey", "CreateId", "e", "writer", "reader", "header", "timestamp",
        "topic", "hasNote", "hasnote_", "Note_", "note", "WriteNote", "FixNote", "__gen", "__es", "__sys", "state", "fields", "fields2", "result", "created", "rehydration", "other", "hash", "text", "application", "context", "options", "url", "owner",
        "item", "items", "key", "json", "end", "depth", "length", "present",
    ];

    private static readonly string[] Framework =
    [
        "System", "Guid", "DateTimeOffset", "EventSourcing", "Global", "Collections", "Task", "ReadOnlySpan", "Utf8JsonWriter", "IEvent", "Topic", "StateJson", "Json",
        "ToString", "Equals", "GetHashCode", "GetType", "Deconstruct", "Clone", "EqualityContract", "PrintMembers", "Item", "get_Id", "HashCode", "StringBuilder",
    ];

    private static readonly string[] Scripts = ["Ähre", "ähre", "ÄHRE", "Имя", "имя", "名前", "कुत्ता", "İ", "ı", "_", "__", "_1", "x1", "X1", "DOG", "dog", "dOG", "ORDER"];

    // Types, with defaults that the compiler accepts for them.
    private static readonly (string Type, string[] Defaults)[] Types =
    [
        ("byte", ["1", "byte.MaxValue", "default"]), ("sbyte", ["-1", "sbyte.MinValue"]), ("short", ["-3", "short.MinValue"]), ("ushort", ["7", "ushort.MaxValue"]),
        ("int", ["5", "int.MinValue"]), ("uint", ["5", "uint.MaxValue"]), ("long", ["5", "long.MinValue"]), ("ulong", ["5", "ulong.MaxValue"]), ("nint", ["-4"]), ("nuint", ["4"]),
        ("float", ["1.5f", "float.NaN", "float.MinValue", "-0f"]), ("double", ["1e300", "double.PositiveInfinity", "double.Epsilon"]), ("decimal", ["1.50m", "decimal.MinValue", "-1"]),
        ("bool", ["true"]), ("char", ["'\\''", "'\\0'", "'\\uD800'", "'é'"]), ("string", ["\"\"", "\"a\\\"\\\\\\r\\n\\u2028{0}\"", "\"\\uDC00\""]), ("string?", ["null", "\"x\""]),
        ("byte?", ["2", "null"]), ("short?", ["-2"]), ("int?", ["null", "3"]), ("decimal?", ["1.0m"]), ("char?", ["'x'"]), ("bool?", ["false"]), ("double?", ["double.NaN", "null"]),
        ("global::System.Guid", ["default"]), ("global::System.Guid?", ["null"]), ("global::System.DateTime", ["default"]), ("global::System.DateTimeOffset?", ["null"]), ("global::System.TimeSpan", ["default"]), ("global::System.DateOnly", ["default"]), ("global::System.Uri?", ["null"]),
        ("global::System.Collections.Generic.List<string>", []), ("global::System.Collections.Generic.List<string?>?", ["null"]), ("int[]", []), ("byte[]?", ["null"]), ("global::System.Collections.Generic.HashSet<int>", []), ("global::System.Collections.Generic.Dictionary<string, global::System.Collections.Generic.List<int>>", []), ("(int A, string B)", ["default"]),
        ("(int, global::System.Collections.Generic.List<byte[]>)", []), ("global::System.Collections.Generic.IReadOnlyList<global::System.Collections.Generic.List<int>>", []), ("global::System.Collections.Immutable.ImmutableArray<int>", []), ("global::System.Collections.Generic.IEnumerable<decimal>", []), ("global::System.Collections.Generic.Dictionary<int, (string, int[])?>", []),
    ];

    private static readonly string[] ObjectMembers = ["ToString", "Equals", "GetHashCode", "GetType", "MemberwiseClone"];
    private static readonly string[] RecordMembers = [.. ObjectMembers, "Clone", "EqualityContract", "PrintMembers", "Deconstruct"];

    private readonly Random _random;
    private readonly StringBuilder _text = new();
    private readonly List<string> _concrete = [];
    private readonly List<(string Type, string[] Defaults)> _ownTypes = [];
    private readonly int _seed;
    private bool _annotated;
    private string _here = "";

    private RandomProgram(int seed) => (_seed, _random) = (seed, new Random(seed));

    /// <summary>Writes a program. Everything is in the namespace <see cref="Root"/> or below it, so that one compilation can contain several.</summary>
    public static string Write(int seed) => new RandomProgram(seed).Write();

    public static string Root(int seed) => $"Program{seed}";

    private string Write()
    {
        _annotated = !Chance(5);
        Line(_annotated ? "#nullable enable" : "#nullable disable");
        Line("#pragma warning disable CS8981, CS8860, CS9258 // Names in lower case, 'record', and 'field'.");
        // The word nint would mean the namespace, also in the user's code.
        var spaces = string.Concat(Enumerable.Range(0, _random.Next(3)).Select(_ => "." + Type(Fresh(["nint"]))));
        Line($"namespace {Root(_seed)}{spaces};");
        _here = $"global::{Root(_seed)}{spaces}.";
        var taken = new HashSet<string>();
        WriteTypes(taken);
        var classes = 1 + _random.Next(3);
        for (var i = 0; i < classes; i++)
        {
            WriteNested(Fresh(taken, [.. RecordMembers, "Apply", "CreateId", "nint"]), i);
        }

        if (_concrete.Count > 0 && !Chance(4))
        {
            Line($"[EventSourcedApplication({string.Join(", ", _concrete.Select(c => $"typeof({c})"))}, TablePrefix = \"p{_seed}\")]");
            if (Chance(4))
            {
                Line($"[global::EventSourcing.PostgreSql.PostgreSqlTables(Schema = {Pick("null", "\"p\"")}, NotifyInTransaction = {Pick("true", "false")})]");
            }

            Line($"{(Chance(4) ? "internal" : "public")} sealed partial class {Type(Fresh(taken, [.. ObjectMembers, "nint"]))};");
        }

        return _text.ToString();
    }

    private void WriteTypes(HashSet<string> taken)
    {
        var integer = Pick("byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong");
        var (name, small, large) = (Type(Fresh(taken, [.. RecordMembers, "nint"])), Type(Name()), Type(Name()) + "2");
        Line($"{(Chance(4) ? "[Flags] " : "")}public enum {name} : {integer} {{ {(small == "value__" ? "A" : small)} = 1, {large} = {integer}.MaxValue, Again = 1 }}");
        // Full names, because members may have the same names where the types are used.
        var full = _here + name;
        _ownTypes.Add((full, [$"{full}.{small}", $"({full})77", "default"]));
        _ownTypes.Add(($"{full}?", ["null", $"{full}.{large}"]));
        var record = Type(Fresh(taken, [.. RecordMembers, "nint"]));
        Line($"public {Pick("sealed record", "record", "readonly record struct")} {record}({Parameters(2, new HashSet<string>(StringComparer.OrdinalIgnoreCase) { record.TrimStart('@') }, simple: true)});");
        _ownTypes.Add((_here + record, []));
        _ownTypes.Add(($"global::System.Collections.Generic.List<{_here}{record}>", []));
    }

    private void WriteNested(string name, int index)
    {
        var depth = Chance(3) ? 1 + _random.Next(2) : 0;
        var outer = "";
        for (var i = 0; i < depth; i++)
        {
            var around = $"{Type(Fresh([name]))}Outer{index}{i}";
            Line($"public {Pick("static partial class", "partial class", "partial struct", "partial record", "partial interface", "sealed partial record")} {around} {{");
            outer += around + ".";
        }

        WriteAggregate(name, outer, index);
        Line(new string('}', depth));
    }

    private void WriteAggregate(string name, string outer, int index)
    {
        var type = Type(name);
        var isSealed = !Chance(3);
        string? parent = null;
        var members = new HashSet<string>();
        if (Chance(4))
        {
            parent = $"Base{index}";
            Line($"public abstract class {parent} {{ {Pick("public", "protected", "private", "internal", "private protected")} int {Ident(Fresh(members, [parent, "Apply", "CreateId", .. ObjectMembers]))} {{ get; set; }} {(Chance(3) ? "public override string ToString() => \"\";" : "")} }}");
        }
        else if (Chance(4))
        {
            parent = $"Root{index}";
            Line($"[EventSourced(\"p{_seed}.root{index}\")] public abstract partial class {parent} {{");
            WriteEvents(parent, isSealed: false, isAbstract: true, 1 + _random.Next(2), members);
            Line("}");
        }

        Line($"[EventSourced(\"p{_seed}.{index}\")] {(Chance(4) && outer.Length == 0 ? "internal" : "public")} {(isSealed ? "sealed " : "")}partial class {type}{(parent is null ? "" : " : " + parent)} {{");
        WriteEvents(name, isSealed, isAbstract: false, 1 + _random.Next(4), members);
        Line("}");
        _concrete.Add(outer + type);
    }

    private void WriteEvents(string aggregate, bool isSealed, bool isAbstract, int count, HashSet<string> members)
    {
        members.UnionWith([aggregate, "Apply", "CreateId", "Item"]);
        var events = new HashSet<string>();
        for (var i = _random.Next(3); i > 0; i--)
        {
            Line($"    {Pick("", "[Obsolete] ", "[global::System.ComponentModel.EditorBrowsable(global::System.ComponentModel.EditorBrowsableState.Never)] ")}public string {Ident(Fresh(members, ObjectMembers))} {{ get; {Pick("private set;", "private set => field = value.Trim();")} }} = \"\";");
        }

        if (!isAbstract && Chance(3) && aggregate != "CreateId")
        {
            Line("    public static global::System.Guid CreateId(string name = \"\") => global::System.Guid.NewGuid();");
        }
        // Two constructors can't have the same signature.
        var constructors = new HashSet<string>();
        for (var i = 0; i < count; i++)
        {
            var name = Name();
            // Sometimes an event is named like a member, which is refused.
            while ((members.Contains(name) && !Chance(10)) || !events.Add(name))
            {
                name += "1";
            }
            // A program in which a nested type of the user has the name of another member isn't valid.
            var isRecord = i > 0 && Chance(4) && name != "nint" && !RecordMembers.Contains(name) && members.Add(name);
            var typeName = !isRecord && Chance(4) ? Fresh(events) : name;
            if (!Chance(20))
            {
                members.Add(typeName);
            }

            var attribute = $"[Event(\"{name}\"{(typeName == name ? "" : $", TypeName = \"{typeName}\"")})]";
            if (isRecord)
            {
                WriteRecord(attribute, typeName);
            }
            else
            {
                WriteMember(attribute, aggregate, isSealed, isAbstract, i, members, constructors);
            }

            if (!Chance(6))
            {
                Line($"    private void Apply({Type(typeName)} e{(Chance(4) ? ", EventHeader header" : "")}) {{ }}");
            }
        }
    }

    private void WriteMember(string attribute, string aggregate, bool isSealed, bool isAbstract, int index, HashSet<string> members, HashSet<string> constructors)
    {
        var creates = !isAbstract && (index == 0 || Chance(5));
        var parameters = Parameters(_random.Next(Chance(10) ? 70 : 6), [], simple: false, isRecord: false, out var signature);
        if (creates && Chance(4))
        {
            parameters = "global::System.Guid id" + (parameters.Length == 0 ? "" : ", " + parameters);
            signature = "Guid," + signature;
        }

        var access = Pick("public", "public", "internal", isSealed ? "private" : "protected", isSealed ? "internal" : "protected internal");
        var obsolete = Chance(8) ? "[Obsolete] " : "";
        if (creates && constructors.Add(signature) && !Chance(3))
        {
            Line($"    {attribute} {obsolete}{access} partial {Type(aggregate)}({parameters});");
        }
        else if (creates)
        {
            Line($"    {attribute} {obsolete}{access} static partial {Type(aggregate)} {Ident(Fresh(members, ObjectMembers))}({parameters});");
        }
        else
        {
            Line($"    {attribute} {obsolete}{access} {(isSealed || access == "private" || !Chance(4) ? "" : "virtual ")}partial void {Ident(Fresh(members, ObjectMembers))}({parameters});");
        }
    }

    private void WriteRecord(string attribute, string name)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { name };
        var parameters = Parameters(_random.Next(4), taken, simple: false);
        var extra = Chance(2) ? $"public int {Ident(Fresh(taken, RecordMembers))}9 {{ get; init; }}" : "";
        Line($"    {attribute} public {(Chance(3) ? "" : "sealed ")}partial record {Type(name)}({parameters}) {{ {extra} }}");
    }

    private string Parameters(int count, HashSet<string> taken, bool simple) => Parameters(count, taken, simple, isRecord: true, out _);

    private string Parameters(int count, HashSet<string> taken, bool simple, bool isRecord, out string signature)
    {
        var all = new List<string>();
        var types = new List<string>();
        var optional = count - _random.Next(count + 1);
        for (var i = 0; i < count; i++)
        {
            var (type, defaults) = !simple && _ownTypes.Count > 0 && Chance(5) ? _ownTypes[_random.Next(_ownTypes.Count)] : Types[_random.Next(simple ? 20 : Types.Length)];
            // An enum may be named @string, and it can be nullable without annotations.
            if (!_annotated && !type.EndsWith("@string?", StringComparison.Ordinal))
            {
                type = type.Replace("string?", "string", StringComparison.Ordinal).Replace(">?", ">", StringComparison.Ordinal).Replace("[]?", "[]", StringComparison.Ordinal).Replace("Uri?", "Uri", StringComparison.Ordinal);
            }

            var name = Fresh(taken, isRecord ? RecordMembers : null);
            if (name is "timestamp" or "id")
            {
                name += "1";
            }

            optional = defaults.Length == 0 ? i + 1 : optional;
            all.Add($"{type} {Ident(name)}|{(defaults.Length == 0 ? "" : defaults[_random.Next(defaults.Length)])}");
            types.Add(type.TrimEnd('?'));
        }

        signature = string.Concat(types.Select(t => t + ","));
        return string.Join(", ", all.Select((p, i) => i >= optional && i >= Last(all) ? p.Replace("|", " = ", StringComparison.Ordinal) : p[..p.IndexOf('|', StringComparison.Ordinal)]));

        // The index after the last parameter that can't have a default.
        static int Last(List<string> parameters) => parameters.FindLastIndex(p => p.EndsWith('|')) + 1;
    }

    private string Fresh(HashSet<string> taken, string[]? besides = null)
    {
        while (true)
        {
            var name = Name();
            if (besides?.Contains(name) != true && taken.Add(name))
            {
                return name;
            }
        }
    }

    private string Name()
    {
        return _random.Next(100) switch
        {
            < 4 => Pick(Keywords),
            < 8 => Pick(Generated),
            < 10 => Pick(Framework),
            < 14 => Pick(Scripts),
            _ => Pick(Plain) + Pick("", "", "1", "Name", "ed", "s"),
        };
    }

    private static string Type(string name) => IsKeyword(name) ? "@" + name : name;

    // Some names are keywords in other places only.
    private string Ident(string name) => IsKeyword(name) && !(Chance(2) && name is "record" or "required" or "file" or "partial" or "nint" or "args" or "scoped" or "notnull" or "unmanaged") ? "@" + name : name;

    private static bool IsKeyword(string name) => Keywords.Contains(name);

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private void Line(string text) => _text.Append(text).Append('\n');
}
