using System.Text;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>A random program of types with various kinds of state, in its own assembly or in another one.</summary>
internal sealed class RandomTypes
{
    private readonly Random _random;
    private readonly StringBuilder _foreign = new();
    private readonly StringBuilder _own = new();
    private readonly StringBuilder _later = new();
    private readonly List<(string Name, bool IsForeign, bool IsRecord)> _bases = [];
    private readonly List<string> _values = ["int", "string", "int?", "List<int>", "Dictionary<string, int>", "string?", "(int A, string B)"];

    public RandomTypes(int seed, int count)
    {
        _random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            Add($"T{i}");
        }
    }

    public List<RandomType> All { get; } = [];

    /// <summary>The types of the other assembly.</summary>
    public string Foreign => _foreign.ToString();

    public string Own => _own.ToString();

    /// <summary>The parts that another generator adds.</summary>
    public string Later => _later.ToString();

    private void Add(string name)
    {
        var isForeign = Chance(4);
        var isGeneric = Chance(8);
        var kind = Pick("class", "record", "struct", "record struct", "class", "record");
        var isStruct = kind.Contains("struct", StringComparison.Ordinal);
        var isPartial = !isForeign && Chance(8);
        var bases = isStruct || isGeneric || !Chance(3) ? [] : _bases.Where(b => b.IsRecord == (kind == "record") && (b.IsForeign || !isForeign)).ToList();
        var parent = bases.Count == 0 ? null : bases[_random.Next(bases.Count)].Name;
        var members = new List<string>();
        var parameters = new List<string>();
        var assignments = new List<string>();
        for (var i = _random.Next(isPartial ? 0 : 1, 5); i > 0; i--)
        {
            Member($"{name}M{i}", isForeign, isGeneric, isStruct, members, parameters, assignments);
        }
        // A type that contains itself shares its parts with types that don't.
        if (!isStruct && !isGeneric && Chance(4))
        {
            members.Add($"public {name}? {name}Next {{ get; set; }}");
        }
        // An explicit constructor hides the one without parameters, which derived types call.
        var takesParameters = parameters.Count > 0;
        if (takesParameters)
        {
            members.Add($"public {name}({string.Join(", ", parameters)}) {{ {string.Join(" ", assignments)} }}");
        }

        var source = $"public {(isPartial ? "partial " : "")}{kind} {name}{(isGeneric ? "<X>" : "")}{(parent is null ? "" : " : " + parent)} {{ {string.Join(" ", members)} }}\n";
        (isForeign ? _foreign : _own).Append(source);
        var hasLater = isPartial && Chance(2);
        if (hasLater)
        {
            _later.Append($"public partial {kind} {name}{(isGeneric ? "<X>" : "")} {{ {Pick($"public int {name}Later {{ get; set; }}", $"private int _later; public int {name}Later => _later + 1;")} }}\n");
        }

        if (!isStruct && !takesParameters && !isGeneric && !isPartial)
        {
            _bases.Add((name, isForeign, kind == "record"));
        }

        All.Add(new RandomType(name, isGeneric ? name + "<int>" : name, source, isForeign, hasLater));
        if (!isForeign && !isGeneric && !hasLater && Chance(3))
        {
            _values.Add(name);
        }
    }

    private void Member(string member, bool isForeign, bool isGeneric, bool isStruct, List<string> members, List<string> parameters, List<string> assignments)
    {
        var type = isGeneric && Chance(3) ? "X" : _values[_random.Next(_values.Count)];
        // The other assembly can't see the program's own types.
        if (type[0] == 'T' && isForeign)
        {
            type = "int";
        }

        var (field, parameter) = ($"_{char.ToLowerInvariant(member[0])}{member[1..]}", char.ToLowerInvariant(member[0]) + member[1..]);
        var empty = !isStruct && (type is "string" or "X" || type[^1] == '>' || type[0] == 'T') ? " = default!;" : "";
        switch (_random.Next(25))
        {
            case 0 or 1:
                members.Add($"public {type} {member} {{ get; set; }}{empty}");
                break;
            case 2 or 3:
                members.Add($"public {type} {member} {{ get; init; }}{empty}");
                break;
            case 4 or 5 or 6:
                Argument($"public {type} {member} {{ get; }}", $"{member} = {parameter};");
                break;
            case 7:
                members.Add($"public {type} {member}{(empty.Length == 0 ? ";" : empty)}");
                break;
            case 8:
                members.Add($"private {type} {field}{(empty.Length == 0 ? ";" : empty)} public {type} {member} {{ get => {field}; set => {field} = value; }}");
                break;
            case 9:
                Argument($"private readonly {type} {field}; public {type} {member} => {field};", $"{field} = {parameter};");
                break;
            case 10:
                members.Add($"private int {field}; public int {member} => {field} + 1; public void Set{member}() => {field} = 1;");
                break;
            case 11:
                members.Add($"private int {field}; public int {member} {{ get => {field} * 3; set => {field} = value / 2; }}");
                break;
            case 12:
                members.Add($"public int {member} {{ get; set => field = value{Pick("", " + 1", " < 0 ? 0 : value", " * 2")}; }}");
                break;
            case 13:
                members.Add($"public event Action? {member}; public bool {member}Seen => {member} is null;");
                break;
            case 14:
                members.Add($"public int {member} {{ get; private set; }} public void Set{member}() => {member} = 1;");
                break;
            case 15:
                members.Add($"internal int {field}; public int {member} => {field} - 1;");
                break;
            case 16:
                Argument($"public {type} {member} {{ get; }}", $"{member} = {(type == "int" ? parameter + Pick(" + 1", "", " - 0") : parameter)};");
                break;
            case 17:
                members.Add($"[StateIgnore] private int {field}; public void Set{member}() => {field} = 1;");
                break;
            case 18:
                members.Add($"public {type} {member}Of() => default!;");
                break;
            case 19:
                type = "int";
                members.Add($"private void Bump{member}() => {member}++;");
                Argument($"public int {member} {{ get; private set; }}", Pick(
                    $"{member} = Math.Clamp({parameter}, 0, 10);", $"if ({parameter} > 3) {member} = {parameter};", $"{member} = {parameter}; {member} = 4;", $"{member} = {parameter}; Bump{member}();",
                    $"if ({parameter} > 5) {parameter} = 5; {member} = {parameter};", $"if ({parameter} < 0) throw new ArgumentException(\"\"); {member} = {parameter};"));
                break;
            case 20:
                type = "List<int>";
                members.Add($"private static void Fix{member}(List<int> items) => items.Add(7);");
                Argument($"private {Pick("", "readonly ")}List<int> {field}; public List<int> {member} => {field};", Pick(
                    $"{field} = new List<int>({parameter});", $"{field} = [.. {parameter}]; Fix{member}({field});", $"{field} = {parameter}; {field}.Add(1);", $"var l{member} = {parameter}; l{member}.Add(2); {field} = {parameter};",
                    $"{field} = {parameter}; if ({field}.Count > 0) {field}[0]++;", $"if ({parameter}.Contains(-1)) throw new ArgumentException(\"\"); {field} = {parameter}.ToList();"));
                break;
            case 21:
                members.Add($"private int? {field}; public int {member} {{ get => {field} ?? 3; set => {field} = value; }} public bool {member}Missing => {field} is null;");
                break;
            case 22:
                members.Add($"private int {field}; public int {member} {{ get => {field}; set {{ {field} = value; On{member}(); }} }} private void On{member}() {{ {Pick("", $"{field}++;")} }}");
                break;
            case 23:
                members.Add($"public bool {member}Locked {{ get; set; }} public int {member} {{ get; set {{ {Pick($"if ({member}Locked) return;", "if (value < 0) throw new ArgumentException(\"\");")} field = value; }} }}");
                break;
            default:
                members.Add($"private List<int> {field}{(isStruct ? "" : " = new()")}; public IReadOnlyList<int> {member} => {field}; public void Add{member}() => {field}.Add(1);");
                break;
        }

        void Argument(string declaration, string assignment)
        {
            // Initializers and constructors of structs set all members. Here, the constructor sets only the members that have a parameter.
            members.Add(declaration);
            parameters.Add($"{type} {parameter}");
            assignments.Add(assignment);
        }
    }

    private bool Chance(int oneOf) => _random.Next(oneOf) == 0;

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];
}

/// <summary>One of the types.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Used">The type, as it is written for a field.</param>
/// <param name="Source">Its declaration.</param>
/// <param name="IsForeign">Whether it is in the other assembly.</param>
/// <param name="HasLater">Whether another generator adds to it.</param>
internal sealed record RandomType(string Name, string Used, string Source, bool IsForeign, bool HasLater);
