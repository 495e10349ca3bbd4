using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>The code of a type is followed as far as it affects the stored state: its conditions, calls, copies and changes.</summary>
public class FollowedCodeTests
{
    private const string More = "does more than check and assign its parameters", NotPut = "doesn't assign its parameter", Changes = "changes its parameter";

    /// <summary>What a constructor may do besides assigning.</summary>
    [Theory]
    // Its own checks.
    [InlineData("class Bad(List<int> a) : Exception { public List<int> Why => a; } class T { public T(List<int> a) { if (a.Count == 0) throw new Bad(a); A = a; } public List<int> A { get; } }", null)]
    [InlineData("class T { public T(int a) { A = a; void Unused() => A = 3; } public int A { get; private set; } }", null)]
    [InlineData("class T { public T(List<int> a) { if (Bad(a, 0)) throw new ArgumentException(\"\"); A = a; } private static bool Bad(List<int> a, int i) => i < a.Count && (a[i] < 0 || Bad(a, i + 1)); public List<int> A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) { if (Bad(in a)) throw new ArgumentException(\"\"); A = a; } private static bool Bad(in List<int> a) => a.Count > 9; public List<int> A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) { var n = 0; Count(a, ref n); A = a; } private static void Count(List<int> a, ref int n) => n++; public List<int> A { get; } }", More)]
    [InlineData("class T { public T(List<int> a) { bool Bad(List<int> l) => l.Count > 9; if (Bad(a)) throw new ArgumentException(\"\"); A = a; } public List<int> A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) { if (a.Exists(i => { return i < 0; })) throw new ArgumentException(\"\"); A = a; } public List<int> A { get; } }", null)]
    [InlineData("class T { public T(List<char> a) { if (a.Exists(char.IsDigit)) throw new ArgumentException(\"\"); A = a; } public List<char> A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) { if (a.ToArray().Length == 0 || a.Contains(3)) throw new ArgumentException(\"\"); A = a; } public List<int> A { get; } }", null)]
    [InlineData("class T { public T(DateTime a) { if (a.AddDays(1) < DateTime.UnixEpoch) throw new ArgumentException(\"\"); A = a; } public DateTime A { get; } }", null)]
    [InlineData("class T { public T(int a) { A = a; Check(); } private void Check() { var n = A; n++; if (n < 0) throw new ArgumentException(\"\"); } public int A { get; } }", null)]
    [InlineData("class T { public T(int a) { A = a; Check(); void Check() { var n = a; n++; if (n < 0) throw new ArgumentException(\"\"); } } public int A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) { foreach (var i in a) { int x, y; (x, y) = (i, i + 1); _ = x; if (x > y) throw new ArgumentException(\"\"); } A = a; } public List<int> A { get; } }", null)]
    [InlineData("class M { public int V { get; set; } public int W { get { return V + 1; } } public int X => V; public int Y { get => V; } } class T { public T(M a) { if (a.W + a.X + a.Y < 0) throw new ArgumentException(\"\"); A = a; } public M A { get; } }", null)]
    [InlineData("partial class T { public T(int a) { A = a; if (Low < 0) throw new ArgumentException(\"\"); } public int A { get; } public partial int Low { get; } } partial class T { public partial int Low => A; }", null)]
    [InlineData("class T { public T(int a) { A = a; if (GetType() != typeof(T)) throw new ArgumentException(\"\"); } public int A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) { if (string.Join(\",\", a) == \"\" || Equals(a, null)) throw new ArgumentException(\"\"); A = a; } public List<int> A { get; } }", null)]
    [InlineData("class T { public T(int a) { A = a; if (ToString() == \"\") throw new ArgumentException(\"\"); } public int A { get; } }", More)]
    // A method that a derived class could override may do anything.
    [InlineData("class B { public B(int c) { C = c; Check(); } protected virtual void Check() { } public int C { get; } } sealed class T : B { public T(int c) : base(c) { } }", null)]
    [InlineData("class B { protected virtual void Check() { } } class T : B { public T(int a) { A = a; Check(); } protected override void Check() { if (A < 0) throw new ArgumentException(\"\"); } public int A { get; } }", null)]
    [InlineData("class B { protected virtual void Check() { } } sealed class T : B { public T(int a) { A = a; Check(); } protected override void Check() { if (A < 0) throw new ArgumentException(\"\"); } public int A { get; } }", null)]
    [InlineData("class B { protected virtual void Check() { } } class T : B { public T(int a) { A = a; Check(); } protected sealed override void Check() { if (A < 0) throw new ArgumentException(\"\"); } public int A { get; } }", null)]
    [InlineData("interface I { static bool IsBad(List<int> a) => a.Count > 9; } class T { public T(List<int> a) { if (I.IsBad(a)) throw new ArgumentException(\"\"); A = a; } public List<int> A { get; } }", null)]
    [InlineData("class B { public B(int c) { C = c; if (A < 0) throw new ArgumentException(\"\"); } public int C { get; } [StateIgnore] public virtual int A { get; } } class T : B { public T(int c) : base(c) { } [StateIgnore] public override int A => Count++; public static int Count; }", More)]
    [InlineData("abstract class B { public B(int c) { C = c; if (A < 0) throw new ArgumentException(\"\"); } public int C { get; } public abstract int A { get; } } class T : B { public T(int c) : base(c) { } public override int A => Count++; public static int Count; }", More)]
    // Code that isn't analyzed.
    [InlineData("class T { public T(int[] a) { using (new System.IO.StringReader(\"\")) { } A = a; } public int[] A { get; } }", More)]
    [InlineData("class T { public T(int[] a) { lock (a) { } A = a; } public int[] A { get; } }", More)]
    [InlineData("class T { public T(List<int> a) { dynamic d = a; d.Add(1); A = a; } public List<int> A { get; } }", More)]
    [InlineData("class T { public T(List<int> a) { dynamic d = a; var n = d.Count; A = a; } public List<int> A { get; } }", More)]
    [InlineData("class T { public T(List<int> a) { dynamic d = a; var n = d[0]; A = a; } public List<int> A { get; } }", More)]
    [InlineData("class Y { public Y(List<int> a) => a.Add(1); } class T { public T(List<int> a) { dynamic d = a; var y = new Y(d); A = a; } public List<int> A { get; } }", More)]
    [InlineData("class T { public T(int a) { A = a; if (a > 3) goto end; B = 1; end: ; } public int A { get; } [StateIgnore] public int B { get; } }", More)]
    [InlineData("class T { public T(int a) { A = a; Changed?.Invoke(); } public int A { get; } [StateIgnore] public event Action? Changed; }", More)]
    // Changes of the value.
    [InlineData("class T { public T(List<int> a) { int n; if (a.Count > 0) { n = Fix(a); } A = a; } private static int Fix(List<int> a) { a.Add(1); return 0; } public List<int> A { get; } }", More)]
    [InlineData("class T { public T(int a) { A = a; if (a > 3) A++; } public int A { get; private set; } }", More)]
    [InlineData("class T { private int _a; public T(int a) { _a = a; Set(ref _a); } private static void Set(ref int a) => a = 3; public int A => _a; }", More)]
    [InlineData("class Y { public Y(int n, List<int> a) => a.Add(n); } class T { public T(List<int> a) { _y = new Y(1, a); A = a; } [StateIgnore] private readonly Y _y; public Y Get() => _y; public List<int> A { get; } }", More)]
    [InlineData("class T { public T(List<int> a) { Fix(1, a); A = a; } private static void Fix(int n, List<int> a) => a.Add(n); public List<int> A { get; } }", More)]
    [InlineData("namespace System.Mine { class Y { public Y(List<int> a) => a.Add(1); } } class T { public T(List<int> a) { _y = new System.Mine.Y(a); A = a; } [StateIgnore] private readonly System.Mine.Y _y; public object Get() => _y; public List<int> A { get; } }", More)]
    [InlineData("class T { public T(int[] a) { Fix(new ArraySegment<int>(a)); A = a; } private static void Fix(ArraySegment<int> s) => s[0] = 3; public int[] A { get; } }", More)]
    [InlineData("class T(int a) { public T(int a, int b) : this(a) { B = b; Bump(); } private void Bump() => a++; public int A => a; public int B { get; } }", NotPut)]
    [InlineData("class T(List<int> items) { public List<int> Items { get; } = items; [StateIgnore] public event Action? Changed = Fix(items); private static Action? Fix(List<int> i) { i.Add(1); return null; } public void On() => Changed?.Invoke(); }", "does more than check and assign its parameters ('Fix(items)')")]
    [InlineData("class T { public T(int a) { var b = a; (b, _) = Make(a); A = b; } private static (int, int) Make(int a) => (a * 2, 0); public int A { get; } }", NotPut)]
    [InlineData("class T { public T(int a) { var b = a; (_, (b, _)) = Make(a); A = b; } private static (int, (int, int)) Make(int a) => (0, (a * 2, 0)); public int A { get; } }", NotPut)]
    // Code without a parameter can't reach the stored state.
    [InlineData("class T(int a) { public int A { get; } = a; [StateIgnore] private readonly int _n = Next(); private static int Next() => ++Count; public static int Count; public int N() => _n; }", null)]
    [InlineData("class B { protected readonly List<int> _items = []; } class T : B { public T(IEnumerable<int> items) => _items.AddRange(items); public IReadOnlyList<int> Items => _items; }", null)]
    // Which constructor of a base runs.
    [InlineData("class B { protected B(string? tag = null) => Init(); private void Init() => Tags.Add(1); [StateIgnore] public List<int> Tags { get; } = []; } class T : B { public T(int a) => A = a; public int A { get; } }", More)]
    [InlineData("class B { protected B(params int[] tags) => Init(); private void Init() => Tags.Add(1); [StateIgnore] public List<int> Tags { get; } = []; } class T : B { public T(int a) => A = a; public int A { get; } }", More)]
    [InlineData("class B { protected B() { } protected B(int a) => Init(); private void Init() => Tags.Add(1); [StateIgnore] public List<int> Tags { get; } = []; } class T : B { public T(int a) => A = a; public int A { get; } }", null)]
    public void What_a_constructor_does_besides_assigning(string type, string? reason) => Check(type, reason);

    /// <summary>Immutable objects, and values that are copied, can be passed to any code.</summary>
    [Theory]
    [InlineData("Type", "typeof(T)")]
    [InlineData("StringComparer", "StringComparer.Ordinal")]
    [InlineData("System.Globalization.CultureInfo", "System.Globalization.CultureInfo.InvariantCulture")]
    [InlineData("IFormatProvider", "Provider")]
    [InlineData("System.Text.RegularExpressions.Regex", "new System.Text.RegularExpressions.Regex(\"a\")")]
    [InlineData("TimeProvider", "TimeProvider.System")]
    [InlineData("Uri", "new Uri(\"http://a\")")]
    [InlineData("Version", "new Version(1, 2)")]
    [InlineData("Type?", "null")]
    [InlineData("List<int>?", "null")]
    [InlineData("P", "default(P)")]
    [InlineData("int?", "(int?)a")]
    [InlineData("E", "e")]
    [InlineData("string", "a.ToString()")]
    [InlineData("System.Collections.Immutable.ImmutableArray<int>", "System.Collections.Immutable.ImmutableArray<int>.Empty")]
    [InlineData("System.Collections.Frozen.FrozenSet<int>", "System.Collections.Frozen.FrozenSet<int>.Empty")]
    [InlineData("List<int>", "Shared", More)]
    [InlineData("P", "q", More)]
    public void Values_that_are_passed_to_other_code(string parameter, string value, string? reason = null) => Check($$"""
        struct P { public List<int> X; }
        enum E { A }
        class Y({{parameter}} x) { public object? Kept = x; }
        class T
        {
            public T(int a) { var e = E.A; var q = new P(); _y = new Y({{value}}); A = a; _ = (e, q); }
            public int A { get; }
            [StateIgnore] private readonly Y _y;
            public object Get() => _y;
            public static List<int> Shared { get; } = [];
            public static IFormatProvider Provider { get; } = System.Globalization.CultureInfo.InvariantCulture;
        }
        """, reason);

    /// <summary>A value that replaces null, or that a condition selects, must be a constant.</summary>
    [Theory]
    [InlineData("List<int>", "[]")]
    [InlineData("List<int>", "new()")]
    [InlineData("List<int>", "new List<int>()")]
    [InlineData("HashSet<int>", "new HashSet<int>()")]
    [InlineData("int[]", "Array.Empty<int>()")]
    [InlineData("IEnumerable<int>", "Enumerable.Empty<int>()")]
    [InlineData("int[]", "new int[0]")]
    [InlineData("int[]", "new int[] { }")]
    [InlineData("System.Collections.Immutable.ImmutableList<int>", "System.Collections.Immutable.ImmutableList<int>.Empty")]
    [InlineData("System.Collections.Frozen.FrozenSet<int>", "System.Collections.Frozen.FrozenSet<int>.Empty")]
    [InlineData("Guid", "Guid.Empty")]
    [InlineData("Guid", "new Guid()")]
    [InlineData("TimeSpan", "TimeSpan.Zero")]
    [InlineData("DateTime", "DateTime.MinValue")]
    [InlineData("string", "string.Empty")]
    [InlineData("string", "\"none\"")]
    [InlineData("int", "default")]
    [InlineData("int", "3")]
    [InlineData("char", "'x'")]
    [InlineData("bool", "true")]
    [InlineData("DayOfWeek", "DayOfWeek.Monday")]
    [InlineData("List<int>", "new List<int> { 1 }", NotPut)]
    [InlineData("List<int>", "new List<int>(3)")]
    [InlineData("List<int>", "[1]", NotPut)]
    [InlineData("int[]", "new int[3]", NotPut)]
    [InlineData("int[]", "new int[] { 1 }", NotPut)]
    [InlineData("List<int>", "Empty", NotPut)]
    [InlineData("List<int>", "Make()", NotPut)]
    [InlineData("List<int>", "Field", NotPut)]
    public void Values_that_replace_null(string type, string value, string? reason = null) => Check($$"""
        class T
        {
            public T({{type}}? a) => A = a ?? {{value}};
            public {{type}} A { get; }
            public static List<int> Empty { get; } = [];
            public static List<int> Make() => [];
            public static readonly List<int> Field = [];
        }
        """, reason);

    [Theory]
    [InlineData("class T { public T(int a, int b) { A = b > 3 ? 0 : a; B = b; } public int A { get; } public int B { get; } }", NotPut)]
    [InlineData("class T { public T(int a, int b) { A = a > b ? 0 : a; B = b; } public int A { get; } public int B { get; } }", NotPut)]
    [InlineData("class T { public T(int a) => A = _limit < a ? 0 : a; [StateIgnore] private readonly int _limit = 3; public int A { get; } }", NotPut)]
    [InlineData("class T { public T(int a) => A = Limit < a ? 0 : a; [StateIgnore] public int Limit { get; } = 3; public int A { get; } }", NotPut)]
    [InlineData("class T { public T(string a) => A = a == \"\" ? \"x\" : a.Trim(); public string A { get; } }", NotPut)]
    [InlineData("class T { public T(int a) => A = a == 3 ? 0 : 5; public int A { get; } }", NotPut)]
    [InlineData("class T { public T(int a) => A = a > Max ? 0 : a; private const int Max = 9; public int A { get; } }", null)]
    [InlineData("class T { public T(int a) => A = a > 0 ? a : 0; public int A { get; } }", null)]
    [InlineData("class T { public T(int a) => A = a > 0 ? a : throw new ArgumentException(\"\"); public int A { get; } }", null)]
    [InlineData("class T { public T(string a) => A = a.Length > 9 ? \"\" : a; public string A { get; } }", null)]
    [InlineData("class T { public T(string a) => A = string.IsNullOrWhiteSpace(a) ? \"\" : a; public string A { get; } }", null)]
    [InlineData("class T { public T(string a) => A = a.Length > 0 && char.IsUpper(a[0]) ? \"\" : a; public string A { get; } }", null)]
    [InlineData("class T { public T(int a) => A = Math.Abs(a) > 9 ? 0 : a; public int A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) => A = a.Any() ? a : []; public List<int> A { get; } }", null)]
    [InlineData("class T { public T(string a) => A = IsBad(a) ? \"\" : a; private static bool IsBad(string a) => a.Length > Limit; public static int Limit; public string A { get; } }", NotPut)]
    [InlineData("class M { public int V { get; set; } public bool Big => V > Limit; public static int Limit; } class T { public T(M? a) => A = a!.Big ? null : a; public M? A { get; } }", NotPut)]
    // A struct also exists without its constructor, so its default value is checked when its event is raised.
    [InlineData("readonly struct T { public T(int a) => A = a < 0 ? 0 : a; public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = a < 1 ? 1 : a; public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(bool a) => A = a ? false : a; public bool A { get; } }", null)]
    [InlineData("readonly struct T { public T(char a) => A = a == 'x' ? '\\0' : a; public char A { get; } }", null)]
    [InlineData("readonly struct T { public T(char a) => A = a == 'x' ? 'y' : a; public char A { get; } }", null)]
    [InlineData("readonly struct T { public T(int? a) => A = a < 0 ? null : a; public int? A { get; } }", null)]
    [InlineData("readonly struct T { public T(string? a) => A = a == \"x\" ? null : a; public string? A { get; } }", null)]
    [InlineData("readonly struct T { public T(TimeSpan a) => A = a.Ticks < 0 ? TimeSpan.Zero : a; public TimeSpan A { get; } }", null)]
    [InlineData("readonly struct T { public T(Guid a) => A = a == default ? Guid.Empty : a; public Guid A { get; } }", null)]
    [InlineData("readonly struct T { public T(DateTime a) => A = a.Year < 9 ? DateTime.MaxValue : a; public DateTime A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = Math.Max(a, 0); public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = Math.Max(a, -5); public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = Math.Min(a, 0); public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = Math.Min(9, a); public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = Math.Min(a, -1); public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(decimal a) => A = Math.Clamp(a, 0m, 5m); public decimal A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = int.Clamp(a, -5, 0); public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = Math.Clamp(a, 1, 5); public int A { get; } }", null)]
    [InlineData("readonly struct T { public T(int a) => A = Math.Clamp(a, -5, -1); public int A { get; } }", null)]
    public void Values_that_a_condition_selects(string type, string? reason) => Check(type, reason);

    /// <summary>An idempotent change doesn't alter an object to which it was applied already.</summary>
    [Theory]
    [InlineData("class T { public T(string a) => A = a.Trim('a'); public string A { get; } }", null)]
    [InlineData("class T { public T(string a) => A = a.ToUpper(System.Globalization.CultureInfo.InvariantCulture); public string A { get; } }", null)]
    [InlineData("class T { public T(string a) => A = a.ToLower(System.Globalization.CultureInfo.CurrentCulture); public string A { get; } }", NotPut)]
    [InlineData("class T { public T(string a) => A = a.ToUpper(); public string A { get; } }", NotPut)]
    [InlineData("class T { public T(string a) => A = a.Normalize(); public string A { get; } }", null)]
    [InlineData("class T { public T(string? a) => A = a?.Trim() ?? \" none \"; public string A { get; } }", NotPut)]
    [InlineData("class T { public T(string? a) => A = a?.Normalize() ?? \"\"; public string A { get; } }", NotPut)]
    [InlineData("class T { public T(float a) => A = MathF.Round(a); public float A { get; } }", null)]
    [InlineData("class T { public T(IEnumerable<int>? a) => A = a?.ToHashSet() ?? []; public HashSet<int> A { get; } }", null)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = System.Collections.Immutable.ImmutableHashSet.ToImmutableHashSet(a.ToHashSet()); public System.Collections.Immutable.ImmutableHashSet<int> A { get; } }", null)]
    [InlineData("class T { public T(IEnumerable<string> a) => A = a.ToHashSet(StringComparer.OrdinalIgnoreCase); public HashSet<string> A { get; } }", NotPut)]
    [InlineData("class T { public T(IEnumerable<string> a) => A = a.ToHashSet(null); public HashSet<string> A { get; } }", null)]
    [InlineData("class T { public T(IReadOnlyDictionary<string, int> d) => D = new Dictionary<string, int>(d, StringComparer.OrdinalIgnoreCase); public Dictionary<string, int> D { get; } }", NotPut)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = new List<int>(a) { 1 }; public List<int> A { get; } }", NotPut)]
    [InlineData("class T { public T(int? a) => A = a ?? 3; public int A { get; set; } }", null)]
    [InlineData("class T { public T(int? a) => A = a ?? 3; public int? A { get; set; } }", Changes)]
    [InlineData("class T { public T(int a) => A = a switch { < 0 => throw new ArgumentException(\"\"), 0 => a, _ => a }; public int A { get; } }", null)]
    [InlineData("class T { public T(string? a) => A = a switch { null => throw new ArgumentException(\"\"), _ => a.Trim() }; public string A { get; } }", null)]
    [InlineData("class T { public T(int? a) => A = a is null ? throw new ArgumentException(\"\") : (int)a; public int A { get; } }", null)]
    [InlineData("class T { public T(long? a) => A = (int?)a; public int? A { get; } }", NotPut)]
    [InlineData("class T { private readonly HashSet<int> _a = []; public T(IEnumerable<int> a) => _a.UnionWith(a); public IReadOnlyCollection<int> A => _a; }", null)]
    [InlineData("class T { private readonly List<int> _a = []; public T(IEnumerable<int> a) { foreach (var i in a) { _a.Add(i); } } public IEnumerable<int> A => _a; }", null)]
    [InlineData("class T { private readonly List<int> _a = []; public T(IEnumerable<int> a) { var x = 3; foreach (var i in a) _a.Add(x); } public IEnumerable<int> A => _a; }", NotPut)]
    // Members whose type is a set or dictionary anyway, and members whose type isn't.
    [InlineData("class T { public T(IEnumerable<int> a) => A = a.ToHashSet(); public ISet<int> A { get; private set; } public void Set() => A = new HashSet<int>(); }", null)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = a.ToHashSet(); public IReadOnlySet<int> A { get; private set; } public void Set() => A = new HashSet<int>(); }", null)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = System.Collections.Immutable.ImmutableHashSet.CreateRange(a); public System.Collections.Immutable.IImmutableSet<int> A { get; private set; } public void Set(System.Collections.Immutable.IImmutableSet<int> a) => A = a; }", null)]
    [InlineData("class T { public T(IReadOnlyDictionary<int, int> a) => A = new Dictionary<int, int>(a); public IReadOnlyDictionary<int, int> A { get; private set; } public void Set() => A = new Dictionary<int, int>(); }", null)]
    [InlineData("class T { public T(IDictionary<int, int> a) => A = new Dictionary<int, int>(a); public IDictionary<int, int> A { get; private set; } public void Set() => A = new Dictionary<int, int>(); }", null)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = (HashSet<int>)[.. a]; public IReadOnlyCollection<int> A { get; private set; } public void Set() => A = new[] { 1, 1 }; }", Changes)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = System.Collections.Immutable.ImmutableHashSet.CreateRange(a); public IReadOnlyCollection<int> A { get; private set; } public void Set() => A = new[] { 1, 1 }; }", Changes)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = System.Collections.Immutable.ImmutableList.CreateRange(a); public IReadOnlyCollection<int> A { get; private set; } public void Set() => A = new[] { 1, 1 }; }", null)]
    // Changes beside a setter that makes the same change, or doesn't.
    [InlineData("class T { public T(string a) => A = a.Trim(); public string A { get; private set => field = value.Trim(); } }", More)]
    [InlineData("class T { public T(int a) => A = Math.Clamp(a, 1, 9); public int A { get; private set => field = Math.Clamp(value, 1, 9); } }", More)]
    [InlineData("class T { public T(string a) => A = a.Trim(); public string A { get; private set { if (value.Length > 9) throw new ArgumentException(\"\"); field = value; } } }", More)]
    [InlineData("record T(decimal A) { public decimal A { get; } = Math.Round(A, 2); }", null)]
    [InlineData("class T { public T(string a) => A = a.Trim(); public T(int n) : this(n.ToString()) { } public string A { get; } }", null)]
    [InlineData("class T { public T(int a) : this(a, 3) { } private T(int a, int _) => A = a; public virtual int A { get; set; } }", null)]
    [InlineData("abstract class B { public abstract int A { get; } } class T : B { public T(int a) => A = a; public override int A { get; } }", null)]
    [InlineData("abstract class B { protected B(int a) => A = a; public abstract int A { get; set; } } class T : B { public T(int a) : base(a) { } public override int A { get; set; } }", More)]
    [InlineData("class T { public T(int b) { A = b; B = A; } [StateIgnore] public int A { get => field * 2; set; } = 0; public int B { get; } }", NotPut)]
    public void Changes_between_the_parameter_and_the_member(string type, string? reason) => Check(type, reason);

    /// <summary>A method of the user returns its argument, or else the value is unknown.</summary>
    [Theory]
    [InlineData("class T { public T(int a) => A = Check(a); private static int Check(int a) { if (a == 0) return a; if (a < 0) throw new ArgumentException(\"\"); return a; } public int A { get; } }", null)]
    [InlineData("class T { public T(int a) => A = Check(a); private static int Check(int a) { if (a > 9) return 9; return a; } public int A { get; } }", NotPut)]
    [InlineData("class T { public T(int a) => A = Check(a); private static int Check(int a) { if (a > 9) { a = 9; return a; } return a; } public int A { get; } }", NotPut)]
    [InlineData("class T { public T(int a) => A = Check(a); private static int Check(int a) { Func<int, int> twice = i => { return i * 2; }; if (twice(a) < 0) throw new ArgumentException(\"\"); return a; } public int A { get; } }", NotPut)]
    [InlineData("class T { public T(int a, int b) { A = First(a, b); B = First(b: b, a: b); } private static int First(int a, int b) => a; public int A { get; } public int B { get; } }", null)]
    [InlineData("class T { private string _a = \"\"; public string A { get => Same(_a); set => _a = value; } private static string Same(string a) => a; }", null)]
    [InlineData("class T { private string _a = \"\"; public string A { get => Same(_a); set => _a = value; } protected virtual string Same(string a) => a; }", null)]
    [InlineData("class T { public string A { get => field ??= \"\"; set; } }", null)]
    [InlineData("class T { public int A { get; set => B = value; } public int B { get; set => A = value; } }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { public string B { get; set => field = value.Trim(); } = Make(); private static string Make() => \" x \"; }", null)]
    [InlineData("class T { public IReadOnlyCollection<int> B { get; set => field = value.ToHashSet(); } = []; }", "the setter of 'T.B' must store its value")]
    [InlineData("record T { public string B { get => field ?? \"\"; init; } = \"\"; }", "'T.B' is computed")]
    public void What_methods_and_accessors_return(string type, string? reason) => Check(type, reason);

    /// <summary>Code that is too long for a message is cut.</summary>
    [Theory]
    [InlineData(60, "Recalculate(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)')")]
    [InlineData(61, "Recalculate(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…')")]
    public void Long_code_in_a_message_is_cut(int length, string shown)
    {
        var name = new string('a', length - "Recalculate()".Length);
        Check($"class T {{ public T(int[] {name}) {{ Recalculate({name}); {name.ToUpperInvariant()} = {name}; }} private static void Recalculate(int[] a) => a[0] = 1; public int[] {name.ToUpperInvariant()} {{ get; }} }}", $"assign its parameters ('{shown}");
    }

    /// <summary>Which constructor of a type is called when it is read, and with which arguments.</summary>
    [Theory]
    [InlineData("class T(int a) { public T(int a, int b) : this(a) => B = b; public int A { get; } = a; public int B { get; } }", null)]
    [InlineData("class T { private T(int a, int b) : this(a) => B = b; public T(int a) => A = a; public int A { get; } public int B { get; set; } }", null)]
    [InlineData("class T { public T(int z) { } public T(int x, int y) { } public int A { get; set; } }", "matches the constructor's parameter 'x'")]
    [InlineData("class T { public T(int a) => A = a; [StateIgnore] public int A { get; } }", "'T.A' is left out with [StateIgnore], but the constructor's parameter 'a' needs a value")]
    [InlineData("class T(int a) { public long A { get; } = a; }", "the constructor's parameter 'a' of 'T' has the type 'int', but 'T.A' has the type 'long': give both the same type")]
    [InlineData("record T(int aB, int AB);", null)]
    [InlineData("class T { [Obsolete, System.Diagnostics.CodeAnalysis.SetsRequiredMembers] public T(int a) => A = a; public required int A { get; init; } }", null)]
    [InlineData("class T { [Obsolete] public T(int a) => A = a; public required int A { get; init; } }", "'T.A' is required and is also a parameter of the constructor")]
    [InlineData("record B([property: StateIgnore] int A); record T(int C) : B(1);", null)]
    [InlineData("class T { public int A { get; private init; } }", "its 'init' isn't public")]
    [InlineData("class T : ArgumentException { public int A { get; set; } }", "'T' derives from 'ArgumentException', a framework class")]
    [InlineData("[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential)] struct T { public int A; }", null)]
    [InlineData("class B { public virtual int A { get; set; } public virtual int C { get; set; } } class T : B { public override int A { get => base.A + 1; } public override int C { set { } } }", "'T.A' overrides only one accessor")]
    [InlineData("class B { public virtual int A { set { } } } class T : B { public override int A { set { } } public int C { get; set; } }", null)]
    [InlineData("class T { [StateIgnore] public int A { get; set; } [StateIgnore] public int B { get; set; } }", "'T.A' is left out")]
    public void Which_constructor_is_called(string type, string? reason) => Check(type, reason);

    /// <summary>Which fields belong to which member.</summary>
    [Theory]
    [InlineData("class T { public int B { get => A; set => A = value; } public int A { get; set; } }", "'T.B' is computed")]
    [InlineData("class T { private int _a; public int A { get => _a; set => _a = value; } public int B { get => _a; set => _a = value; } }", "'T.B' is computed")]
    [InlineData("class B; partial class T : B;", "'T' has no members to write")]
    [InlineData("partial class B; class T : B;", "'T' has no members to write")]
    [InlineData("class B { [field: StateIgnore] public int A { get; set; } } class T : B { public new int A { get; set; } }", null)]
    [InlineData("class B { [StateIgnore] public int A { get; set; } } class T : B { public new int A { get; set; } }", null)]
    [InlineData("abstract class B { public abstract event Action? Changed; } class T : B { public int A { get; set; } [StateIgnore] public override event Action? Changed; public void On() => Changed?.Invoke(); }", null)]
    [InlineData("class T(string name) { public string Name { get; set; } = name; public string Upper() => name; public string Other(string name) => name; }", "'T.name', a constructor parameter that the object keeps")]
    [InlineData("class T(string name) { public string Name { get; set; } = name; public string Upper() { var upper = name; return upper; } }", "'T.name', a constructor parameter that the object keeps")]
    [InlineData("class T(string name) { public string Name { get; set; } = name; public string Upper { get { var upper = name; return upper; } } }", "'T.name', a constructor parameter that the object keeps")]
    [InlineData("class T([System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(name))] string? name) { public string? Name { get; } = name; }", null)]
    public void Which_fields_are_written(string type, string? reason) => Check(type, reason);

    /// <summary>Whether creating or reading an object may throw. If so, the exception is caught.</summary>
    [Theory]
    [InlineData("record T(int A);", false)]
    [InlineData("class T { public T(int a) => A = a; public int A { get; } }", false)]
    [InlineData("class T { public T(int a) { if (a < 0) throw new ArgumentException(\"\"); A = a; } public int A { get; } }", true)]
    [InlineData("class T { public T(string? a) => A = a ?? throw new ArgumentException(\"\"); public string? A { get; } }", true)]
    [InlineData("class T { public T(int a) { Math.Abs(a); A = a; } public int A { get; } }", true)]
    [InlineData("class T { public int A { get; set => field = value < 0 ? throw new ArgumentException(\"\") : value; } }", true)]
    [InlineData("class T { public int A { get; set { if (value < 0) throw new ArgumentException(\"\"); field = value; } } }", true)]
    [InlineData("class T(int a) { public int A { get; } = a < 0 ? throw new ArgumentException(\"\") : a; }", true)]
    [InlineData("class T(int a) { private readonly int _a = a < 0 ? throw new ArgumentException(\"\") : a; public int A => _a; }", true)]
    [InlineData("class T { private static readonly int Shared = Math.Abs(3); public static int Other { get; } = Math.Abs(3); static T() => Math.Abs(3); public int A { get; set; } public static int Sum() => Shared; }", false)]
    [InlineData("class T { public int A { get; set; } public int B => Math.Abs(A); public void Check() => Math.Abs(A); }", false)]
    [InlineData("class B { public B() => Math.Abs(3); } class T : B { public int A { get; set; } }", true)]
    public void Types_that_may_throw_when_they_are_created(string types, bool canThrow) => Assert.Equal(canThrow, StateCoverageTests.Shape(types, GeneratorRun.CoreReferences).CanThrow);

    [Fact]
    public void Types_of_other_assemblies_may_throw() =>
        Assert.True(StateCoverageTests.Shape("", [.. GeneratorRun.CoreReferences, StateCoverageTests.Reference("public class T { public int A { get; set; } }")]).CanThrow);

    /// <summary>Which objects are compared when their event is raised.</summary>
    [Theory]
    [InlineData("class T { private int _a; public int A { get => _a; set => _a = value; } }", false)]
    [InlineData("class T { private int _a; public int A { get { return this._a; } set { this._a = value; } } }", false)]
    [InlineData("class T { public int A { get => field; set => field = value; } }", false)]
    [InlineData("class T { private readonly int _a; public T(int a) { _a = a; B = _a; C = default; } public int A => _a; [StateIgnore] public int B { get; } [StateIgnore] public int C { get; } }", false)]
    [InlineData("class T { private int _a; public T(int a) => Checked = a; private int Checked { set { if (value < 0) throw new ArgumentException(\"\"); _a = value; } } public int A => _a; }", true)]
    [InlineData("class T { public string? A { get; set => field = value is null ? throw new ArgumentException(\"\") : value; } }", true)]
    [InlineData("class T { public int A { get; set { ArgumentOutOfRangeException.ThrowIfNegative(value); field = value; } } }", true)]
    [InlineData("class T { private List<int> _a = []; public IReadOnlyList<int> A { get => _a; set => _a = [.. value]; } }", true)]
    public void Which_objects_are_compared_when_raised(string types, bool isCompared) => Assert.Equal(isCompared, StateCoverageTests.Shape(types, GeneratorRun.CoreReferences).IsCompared);

    [Theory]
    [InlineData("public class B { public int C { get; set; } }", "class T : B { public T(int a) => A = a; public int A { get; } }", false)]
    [InlineData("public class B(int c) { public int C { get; } = c; }", "class T(int c) : B(c) { public int A { get; set; } }", true)]
    public void An_object_is_compared_if_it_passes_a_value_to_a_base_of_another_assembly(string reference, string types, bool isCompared) =>
        Assert.Equal(isCompared, StateCoverageTests.Shape(types, [.. GeneratorRun.CoreReferences, StateCoverageTests.Reference(reference)]).IsCompared);

    private static void Check(string type, string? reason)
    {
        var refusal = StateCoverageTests.Refusal(type);
        if (reason is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
        }
    }
}
