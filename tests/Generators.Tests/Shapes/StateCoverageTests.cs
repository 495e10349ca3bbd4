using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>An object is stored completely or refused, because state outside its written members would be lost.</summary>
public class StateCoverageTests
{
    private const string Usings = "#nullable enable\nusing System; using System.Collections.Generic; using System.Linq; using EventSourcing;\n";

    [Theory]
    // Private state.
    [InlineData("class T { private readonly List<string> _items = []; public IReadOnlyList<string> Items => _items; public void Add(string s) => _items.Add(s); }", "'T._items' would be lost")]
    [InlineData("struct T { private double _rad; public static T From(double d) => new() { _rad = d }; public double Degrees => _rad * 57.3; }", "'T._rad' would be lost")]
    [InlineData("readonly struct T { private readonly long _cents; private T(long c) => _cents = c; }", "'T._cents' would be lost")]
    [InlineData("class T { private int _a; public int B { get; set; } public void Set() => _a = 1; }", "'T._a' would be lost")]
    [InlineData("class T { internal int A; public int B { get; set; } }", "'T.A' would be lost")]
    [InlineData("class T { protected int A; public int B { get; set; } }", "'T.A' would be lost")]
    [InlineData("class T { private readonly object _lock = new(); public int B { get; set; } }", "'T._lock' would be lost")]
    [InlineData("partial class T { [Obsolete] private string _name = \"\"; }", "'T._name' would be lost")]
    // State of bases.
    [InlineData("class B { private int _a; public void Set() => _a = 1; } class T : B { public int C { get; set; } }", "'B._a' would be lost")]
    [InlineData("class B<X> { private X? _a; public void Set(X x) => _a = x; } class T : B<int> { public int C { get; set; } }", "'B._a' would be lost")]
    [InlineData("class B { public int A { get; set; } } class T : B { public new int A { get; set; } }", "'B.A' would be lost")]
    [InlineData("class B { public virtual int A { get; set; } } class T : B { public override int A { get; set; } }", "'B.A' would be lost")]
    [InlineData("record B { private int _a; public void Set() => _a = 1; } record T(int C) : B;", "'B._a' would be lost")]
    // State that the compiler adds.
    [InlineData("class T(string name) { public int A { get; set; } public string Upper() => name.ToUpper(); }", "no public property or field of 'T' matches the constructor's parameter 'name'")]
    [InlineData("class T(string name) { public string Name { get; set; } = name; public string Upper() => name.ToUpper(); }", "'T.name', a constructor parameter that the object keeps")]
    [InlineData("class T { public int A { get; set; } public event Action? Changed; public void On() => Changed?.Invoke(); }", "'T.Changed' is an event")]
    [InlineData("abstract class B { public abstract event Action? Changed; } class T : B { public int A { get; set; } public override event Action? Changed; public void On() => Changed?.Invoke(); }", "'T.Changed' is an event")]
    [InlineData("partial class T(string name) { public string Name { get; set; } = name; } partial class T { public string Upper() => name.ToUpper(); }", "'T.name', a constructor parameter that the object keeps")]
    [InlineData("interface I { int A { get; set; } } class T : I { int I.A { get; set; } public int B { get; set; } }", "'T.I.A' can't be set")]
    [InlineData("[System.Runtime.CompilerServices.InlineArray(4)] struct T { private int _item; }", "'T' is an inline array")]
    [InlineData("[System.Runtime.CompilerServices.InlineArray(4)] struct T { public int Item; }", "'T' is an inline array")]
    [InlineData("unsafe struct T { private fixed int _a[4]; }", "'T._a' would be lost")]
    [InlineData("class T { public int this[int i] { get => _a[i]; set => _a[i] = value; } private int[] _a = new int[3]; }", "'T._a' would be lost")]
    // Computed properties.
    [InlineData("class T { private double _rad; public double Degrees { get => _rad * 57.3; set => _rad = value / 57.3; } }", "'T.Degrees' is computed")]
    [InlineData("class T { public double Rad { get; set; } public double Degrees { get => Rad * 57.3; set => Rad = value / 57.3; } }", "'T.Degrees' is computed")]
    [InlineData("class T { private int _a; public int A { get => _a + 1; set => _a = value; } }", "'T.A' is computed")]
    [InlineData("class T { private int _a; private int _b; public int A { get => _a; set => _b = value; } public int B() => _b; }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { public int A { get; set => field = value * 2; } }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { public int A { get; init => field = value + 1; } }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { public int A { get => field * 2; set; } }", "'T.A' is computed")]
    [InlineData("class T { public int A { get; set { field = value; B++; } } public int B { get; set; } }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { public bool Locked { get; set; } public int A { get; set { if (!Locked) field = value; } } }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { private int _a; public bool On { get; set; } public int A { get => On ? _a : 0; set => _a = value; } }", "'T.A' is computed")]
    // Constructors.
    [InlineData("class T { public T(int a) => A = a * 2; public int A { get; } }", "the constructor of 'T' doesn't assign its parameter 'a' unchanged to 'T.A'")]
    [InlineData("class T(int a) { public int A { get; } = a * 2; }", "the constructor of 'T' doesn't assign its parameter 'a' unchanged to 'T.A'")]
    [InlineData("class T { public T(int a, int b) { A = b; B = a; } public int A { get; } public int B { get; } }", "the constructor of 'T' doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a) { A = a; A += 1; } public int A { get; } }", "the constructor of 'T' doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a) { a++; A = a; } public int A { get; } }", "the constructor of 'T' doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a) { } public int A { get; } = 1; }", "the constructor of 'T' doesn't assign its parameter 'a'")]
    [InlineData("class B { public B(int a) => A = a + 1; public int A { get; } } class T : B { public T(int a) : base(a) { } }", "the constructor of 'T' doesn't assign its parameter 'a'")]
    [InlineData("class B(int a) { public int A { get; } = a; } class T(int a) : B(a + 1);", "the constructor of 'T' doesn't assign its parameter 'a'")]
    [InlineData("class T { private readonly List<int> _a = [1]; public T(IEnumerable<int> a) => _a.AddRange(a); public IReadOnlyList<int> A => _a; }", "the constructor of 'T' does more than check and assign its parameters ('_a.AddRange(a)')")]
    [InlineData("record T(int A) { public int A { get; init; } = A + 1; }", "the constructor of 'T' doesn't assign its parameter 'A'")]
    // A constructor that normalizes a value that any other code may set.
    [InlineData("class T { public T(string a) => A = a.Trim(); public string A { get; set; } }", "changes its parameter 'a'")]
    [InlineData("class T { public T(string a) => A = a.Trim(); public string A { get; internal set; } }", "changes its parameter 'a'")]
    [InlineData("class T { public T(string a) => A = a.Trim(); public string A; }", "changes its parameter 'a'")]
    [InlineData("class T { public T(string a) => A = a.Replace(\"-\", \"\"); public string A { get; set => field = value.Trim(); } }", "does more than check and assign its parameters ('A = a.Replace(\"-\", \"\")')")]
    [InlineData("class T { private int _b; public int B { get => _b; set => _b = Math.Max(value, 1); } }", "the setter of 'T.B' must store its value")]
    [InlineData("class T { private int _b = 0; public int B { get => _b; set => _b = Math.Max(value, 1); } }", "the setter of 'T.B' must store its value")]
    [InlineData("class T { public T(IEnumerable<int> a) => A = a.ToHashSet(); public IReadOnlyCollection<int> A { get; private set; } public void Set() => A = new[] { 1, 1 }; }", "changes its parameter 'a'")]
    [InlineData("class T { public string? B { get; set => field = value ?? \"none\"; } }", "the setter of 'T.B' must store its value")]
    [InlineData("class T { public int B { get; set => field = Math.Max(value, 1); } }", "the setter of 'T.B' must store its value")]
    // A constructor that assigns under a condition, or twice.
    [InlineData("class T { public T(int a) { if (a > 3) A = a; } public int A { get; } }", "does more than check and assign its parameters ('if (a > 3) A = a;')")]
    [InlineData("class T { public T(int a) { A = a; A = 4; } public int A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a) { if (a == 3) return; A = a; } public int A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int a) { try { A = a; throw new Exception(); } catch (Exception) { A = 4; } } public int A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int a) { switch (a) { case 1: A = 2; break; default: A = a; break; } } public int A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int a) { for (var i = 0; i < 2; i++) A += a; } public int A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int a) { var b = a; if (a > 3) b = a + 1; A = b; } public int A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a, int b) { if (b > 3) a = 3; A = a; B = b; } public int A { get; } public int B { get; } }", "doesn't assign its parameter 'a'")]
    // A constructor that changes the value elsewhere.
    [InlineData("class T { public T(int a) { A = a; Bump(); } private void Bump() => A++; public int A { get; private set; } }", "does more than check and assign its parameters ('Bump()')")]
    [InlineData("class T { public T(int a) { A = a; Recalculate(); } protected virtual void Recalculate() => A++; public int A { get; private set; } }", "does more than check and assign its parameters")]
    [InlineData("abstract class B { protected B(int a) { A = a; Init(); } protected abstract void Init(); public int A { get; protected set; } } class T : B { public T(int a) : base(a) { } protected override void Init() => A++; }", "does more than check and assign its parameters ('Init()')")]
    [InlineData("class B { public B(string a) => A = Conv(a); protected virtual string Conv(string a) => a; public string A { get; } } class T : B { public T(string a) : base(a) { } protected override string Conv(string a) => a + \"x\"; }", "doesn't assign its parameter 'a'")]
    [InlineData("static class R { public static void Add(T t) { } } class T { public T(int a) { A = a; R.Add(this); } public int A { get; } }", "does more than check and assign its parameters ('R.Add(this)')")]
    [InlineData("class T { private readonly List<int> _i; public T(IEnumerable<int> items) { _i = new List<int>(items); Fix(); } private void Fix() => _i.Add(4); public IReadOnlyList<int> Items => _i; }", "does more than check and assign its parameters")]
    [InlineData("class T { private readonly List<int> _i; public T(IEnumerable<int> items) { _i = new List<int>(items); Fix(_i); } private static void Fix(List<int> i) => i.Add(4); public IReadOnlyList<int> Items => _i; }", "does more than check and assign its parameters")]
    [InlineData("class T { private readonly List<int> _i; public T(List<int> items) { _i = items; var l = items; l.Add(4); } public List<int> Items => _i; }", "does more than check and assign its parameters ('l.Add(4)')")]
    [InlineData("class T { public T(List<int> items) { items.Add(3); Items = items; } public List<int> Items { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(List<int> items) { Items = items; Items.Sort(); } public List<int> Items { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int[] items) { Items = items; Items[0]++; } public int[] Items { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int[] items) { Array.Sort(items); Items = items; } public int[] Items { get; } }", "does more than check and assign its parameters")]
    [InlineData("class Y { public int V { get; set; } } class T { public T(Y y) { Y = y; Y.V++; } public Y Y { get; } }", "does more than check and assign its parameters ('Y.V++')")]
    [InlineData("class T { private int _a; public T(int a) { _a = a; ref int r = ref _a; r++; } public int A => _a; }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(List<int> a) => A = Check(a); private static List<int> Check(List<int> a) { a.Add(1); return a; } public List<int> A { get; } }", "does more than check and assign its parameters")]
    [InlineData("struct T { public T(int a) { A = a; this = default; } public int A { get; } }", "does more than check and assign its parameters ('this = default')")]
    [InlineData("class T { public T(int a) { A = a; Action b = () => A = 3; b(); } public int A { get; private set; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int a) { A = a; void B() => A = 3; B(); } public int A { get; private set; } }", "does more than check and assign its parameters")]
    [InlineData("class T { private int _a; public T(int a) { _a = a; Set(out _a); } private static void Set(out int a) => a = 3; public int A => _a; }", "does more than check and assign its parameters")]
    [InlineData("class T(List<int> items) { public List<int> Items { get; } = items; [StateIgnore] private readonly int _n = Fix(items); private static int Fix(List<int> i) { i.Add(1); return i.Count; } public int N() => _n; }", "does more than check and assign its parameters ('Fix(items)')")]
    [InlineData("class T(int a) { public int A => a; [StateIgnore] private readonly int _n = a++; public int N() => _n; }", "doesn't assign its parameter 'a'")]
    [InlineData("class T(int a) { public int A => a + 0; }", "'T.A' is computed")]
    [InlineData("class B { public B(int a) => A = a; public virtual int A { get; set; } } class T : B { public T(int a) : base(a) { } [StateIgnore] public override int A { get => base.A; set => base.A = value * 2; } }", "")]
    [InlineData("class M { public int V { get; set; } public static bool operator >(M a, M b) => a.V++ > b.V; public static bool operator <(M a, M b) => false; } class T { public T(M a, M b) { if (a > b) throw new ArgumentException(\"\"); A = a; B = b; } public M A { get; } public M B { get; } }", "does more than check and assign its parameters")]
    [InlineData("class M { public int V { get; set; } public static M operator -(M a) { a.V++; return a; } } class T { public T(M a) { _ = -a; A = a; } public M A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class M { public int V { get; set; } public static implicit operator int(M a) => a.V++; } class T { public T(M a) { int v = a; A = a; } public M A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class M { public int V { get; set; } public int Next => V++; } class T { public T(M a) { if (a.Next < 0) throw new ArgumentException(\"\"); A = a; } public M A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(List<int> a) { if (a.Exists(i => { a.Add(i); return false; })) throw new ArgumentException(\"\"); A = a; } public List<int> A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(List<int[]> a) { if (a.Any(Bad)) throw new ArgumentException(\"\"); A = a; } private static bool Bad(int[] i) => i[0]++ < 0; public List<int[]> A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class Y { public Y(List<int> a) => a.Add(1); } class T { public T(List<int> a) { _y = new Y(a); A = a; } [StateIgnore] private readonly Y _y; public Y Get() => _y; public List<int> A { get; } }", "does more than check and assign its parameters ('new Y(a)')")]
    [InlineData("class T { public T(List<int> a) { if (a is { Count: > 0 }) a.Clear(); A = a; } public List<int> A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(List<int> a) { foreach (ref var i in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(a)) i++; A = a; } public List<int> A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int[] a) { a.AsSpan().Reverse(); A = a; } public int[] A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int[] a) { (a[0], a[1]) = (a[1], a[0]); A = a; } public int[] A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int[] a) { using var r = new System.IO.StringReader(\"\"); A = a; } public int[] A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(int a) { A = a; Changed += On; } private void On() { } [StateIgnore] public event Action? Changed; public void Do() => Changed?.Invoke(); public int A { get; } }", "does more than check and assign its parameters")]
    [InlineData("unsafe class T { public T(int[] a) { fixed (int* p = a) *p = 3; A = a; } public int[] A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(string a) => A = a; public string A { get; private set { field = value; B++; } } public int B { get; set; } }", "does more than check and assign its parameters")]
    [InlineData("class T { private readonly ICollection<int> _a = new HashSet<int>(); public T(IEnumerable<int> a) { foreach (var i in a) _a.Add(i); } public IEnumerable<int> A => _a; }", "does more than check and assign its parameters")]
    [InlineData("class T { private readonly List<int> _a = []; public T(IEnumerable<int> a) { foreach (var i in a) _a.Add(1); } public IEnumerable<int> A => _a; }", "doesn't assign its parameter 'a'")]
    [InlineData("class B { protected B(string? tag = null) { } public B() => Init(); private void Init() => Tags.Add(1); [StateIgnore] public List<int> Tags { get; } = []; } class T : B { public T(int a) => A = a; public int A { get; } }", "does more than check and assign its parameters ('Init()')")]
    [InlineData("class T { public T(int a) { A = a; A++; } public int A { get; private set; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class B { public B(int a) => A = a; public virtual int A { get; set; } } class T : B { public T(int a) : base(a) { } public override int A { get; set; } }", "does more than check and assign its parameters ('A = a')")]
    [InlineData("record T(int A) { public int A { get; init; } = (byte)(A < 0 ? throw new ArgumentException(\"\") : A); }", "doesn't assign its parameter 'A'")]
    [InlineData("record T(int A) { public int A { get; init; } = (byte)(A switch { < 0 => throw new ArgumentException(\"\"), _ => A }); }", "doesn't assign its parameter 'A'")]
    [InlineData("class T { public T(IReadOnlyList<int> items) => Items = items as int[]; public IReadOnlyList<int>? Items { get; } }", "doesn't assign its parameter 'items'")]
    [InlineData("class T { public T(int a) { var b = a; Fix(); A = b; void Fix() => b *= 2; } public int A { get; } }", "does more than check and assign its parameters ('Fix()')")]
    [InlineData("class B { public virtual int A { get; set; } } class T : B { public override int A { set => base.A = value + 1; } }", "'T.A' overrides only one accessor")]
    // Changes that aren't idempotent.
    [InlineData("class T { public T(string a) => A = a.Trim('a').TrimStart('b'); public string A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a) => A = Math.Abs(Math.Clamp(a, -5, 3)); public int A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a) => A = a < 3 ? 5 : a > 4 ? 1 : a; public int A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(string a) => A = a.Normalize(System.Text.NormalizationForm.FormKC).Trim(); public string A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(int a) => A = a == Limit ? 0 : a; public static int Limit; public int A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(long a) => A = (int)a; public int A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T { public T(IEnumerable<int> a) => A = a.Reverse().ToList(); public List<int> A { get; } }", "doesn't assign its parameter 'a'")]
    [InlineData("static class E { public static string Trim(this string s, bool b) => s + b; } class T { public T(string a) => A = a.Trim(true); public string A { get; } }", "doesn't assign its parameter 'a'")]
    // Setters that do more than assign, and getters that replace null.
    [InlineData("class T { private int _a; public int A { get => _a; set { _a = value; On(); } } private void On() => _a++; }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { public bool Locked { get; set; } public int A { get; set { if (Locked) return; field = value; } } }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { public event Action<T>? Changed; public int A { get; set { field = value; Changed?.Invoke(this); } } }", "the setter of 'T.A' must store its value")]
    [InlineData("class T { private int? _p; public int P { get => _p ?? 3; set => _p = value; } public bool HasP() => _p is not null; }", "'T.P' is computed")]
    [InlineData("struct T(string v) { private readonly string? _v = v; public string V => _v ?? \"\"; }", "'T.V' is computed")]
    [InlineData("record T { public string? B { get => field ?? \"\"; init; } }", "'T.B' is computed")]
    [InlineData("class T { public int Max { get; set; } public int A { get; set { if (value > Max) throw new ArgumentException(\"\"); field = value; } } }", "the setter of 'T.A' must store its value")]
    [InlineData("partial class T { public T(int a) => A = a; public partial int A { get; private set; } } partial class T { private int _a; public partial int A { get => _a; private set => _a = value * 2; } }", "does more than check and assign its parameters")]
    [InlineData("partial class T { public partial int A { get; set; } } partial class T { private int _a; public partial int A { get => _a; set => _a = value * 2; } }", "the setter of 'T.A' must store its value")]
    [InlineData("[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit)] struct T { [System.Runtime.InteropServices.FieldOffset(0)] public int A; [System.Runtime.InteropServices.FieldOffset(0)] public float B; }", "'T' has an explicit layout")]
    // Nothing to write.
    [InlineData("partial struct T;", "'T' has no members to write")]
    [InlineData("partial record T;", "'T' has no members to write")]
    [InlineData("partial class T { public int A => 1; }", "'T' has no members to write")]
    // [StateIgnore]
    [InlineData("class T { [StateIgnore] public required int A { get; set; } }", "'T.A' is left out with [StateIgnore], but is required")]
    [InlineData("class T { [StateIgnore] public int A { get; set; } public int B { get; set; } }", "'T.A' is left out with [StateIgnore], so nothing sets it")]
    [InlineData("class T { [StateIgnore] public required int A; }", "'T.A' is left out with [StateIgnore], but is required")]
    // Members and constructors that can't be used.
    [InlineData("class T { [Obsolete(\"no\", true)] public int A { get; set; } }", "'T.A' is marked [Obsolete] as an error")]
    [InlineData("class T(int a) { public required int A = a; }", "'T.A' is required and is also a parameter of the constructor")]
    [InlineData("class T { public T(ref int a) => A = a; public int A { get; } }", "no public property or field of 'T' matches the constructor's parameter 'a'")]
    [InlineData("readonly record struct U(int Value) { public static implicit operator int(U u) => u.Value; } class T { public T(int a) => A = new(a); public U A { get; } }", "the constructor's parameter 'a' of 'T' has the type 'int', but 'T.A' has the type 'U': give both the same type")]
    [InlineData("class T { public int A { private get; set; } }", "'T.A' can't be set when the 'T' is read, because its getter isn't public: make it public")]
    [InlineData("class T(int a) { private int A { get; } = a; public int B => A; }", "no public property or field of 'T' matches the constructor's parameter 'a'")]
    public void Types_with_more_state_than_is_written_are_refused(string type, string reason) =>
        Assert.Contains(reason, Refusal(type), StringComparison.Ordinal);

    [Theory]
    [InlineData("record T;")]
    [InlineData("struct T;")]
    [InlineData("class T { public const int A = 1; public static int B; public int C => 1; }")]
    [InlineData("class B { private readonly List<string> _items; public B(IEnumerable<string> items) => _items = [.. items]; public IReadOnlyList<string> Items => _items; } class T(IEnumerable<string> items) : B(items);")]
    [InlineData("class T { private readonly List<string> _items = new(); public T(IEnumerable<string> items) => _items.AddRange(items); public IReadOnlyList<string> Items => _items.AsReadOnly(); }")]
    [InlineData("class T { private readonly string _name; public T(string name) { _name = name; } public string Name { get { return _name; } } }")]
    [InlineData("class T { private string _name = \"\"; public string Name { get => _name; set => _name = value; } }")]
    [InlineData("class T { private string _name = \"\"; public string Name { get => this._name; set { ArgumentNullException.ThrowIfNull(value); this._name = value; } } }")]
    [InlineData("class T(string name) { public string Name => name; public string Upper() => name.ToUpper(); }")]
    [InlineData("class T(string name) { public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name)); }")]
    [InlineData("class T { public T(string name) { var trimmed = name.Trim(); if (trimmed.Length == 0) throw new ArgumentException(\"\"); Name = trimmed; } public string Name { get; } }")]
    [InlineData("class T { public T(decimal amount, string currency) => (Amount, Currency) = (decimal.Round(amount, 2), currency.ToUpperInvariant()); public decimal Amount { get; } public string Currency { get; } }")]
    [InlineData("class T { public T(int a) : this(a, 0) { } public T(int a, int b) { A = a; B = b; } public int A { get; } public int B { get; } }")]
    [InlineData("class T { public T(int a) => A = Check(a); public int A { get; } private static int Check(int a) => a < 0 ? throw new ArgumentException(\"\") : a; }")]
    [InlineData("class T { public int A { get; set => field = value < 0 ? 0 : value; } }")]
    [InlineData("class T { public string A { get; set => field = value.Trim(); } = \"\"; public string? B { get => field ?? \"\"; init; } }")]
    [InlineData("class T { public T(string a) { if (!int.TryParse(a, out _)) throw new ArgumentException(\"\"); A = a; } public string A { get; } }")]
    [InlineData("class T { public T(int a) { GC.KeepAlive(a); A = a; } public int A { get; } }")]
    [InlineData("class T { public T(int a, int b) { var (c, d) = (a, b); A = c; B = d; } public int A { get; } public int B { get; } }")]
    [InlineData("class T { public T(string? a) { a ??= \"\"; A = a; } public string A { get; set; } }")]
    [InlineData("class T { public T(string a) { _ = a ?? throw new ArgumentNullException(nameof(a)); A = a; } public string A { get; set; } }")]
    [InlineData("class T { public T(string a) => A = a; public string A { get; set => field = value.Trim(); } = \"\"; }")]
    [InlineData("class T { public T(string a) => A = a; public string A { get; private set { if (value.Length > 9) throw new ArgumentException(\"\"); field = value; } } }")]
    [InlineData("class T { public string? A { get; set => field = value ?? \"none\"; } = \"x\"; }")]
    [InlineData("class M { public int V { get; set; } public static bool operator >(M a, M b) => a.V > b.V; public static bool operator <(M a, M b) => a.V < b.V; } class T { public T(M a, M b) { if (a > b) throw new ArgumentException(\"\"); A = a; B = b; } public M A { get; } public M B { get; } }")]
    [InlineData("class T { public T(List<int> a) { if (a.Exists(IsBad)) throw new ArgumentException(\"\"); A = a; } private static bool IsBad(int i) => i < 0; public List<int> A { get; } }")]
    [InlineData("class T { public T(int[] a) { for (var i = 0; i < a.Length; i++) { if (a[i] < 0) throw new ArgumentException(\"\"); } A = a; } public int[] A { get; } }")]
    [InlineData("class T { public T(System.Collections.Immutable.ImmutableList<int> a) { B = a.Add(1); A = a; } public System.Collections.Immutable.ImmutableList<int> A { get; } [StateIgnore] public System.Collections.Immutable.ImmutableList<int>? B { get; } }")]
    [InlineData("class Y { public int V { get; set; } public List<int> W { get; set; } = []; } class T { public T(int a) { A = a; B = new Y { V = 3, W = { 1 } }; } public int A { get; } public Y B { get; set; } }")]
    [InlineData("class T { public T(int a) { Check(); A = a; void Check() { if (a < 0) throw new ArgumentException(\"\"); } } public int A { get; } }")]
    [InlineData("class T { public T(int a) { if (Parent is { A: var p } && p > a) throw new ArgumentException(\"\"); A = a; } [StateIgnore] public T? Parent { get; set; } public int A { get; } }")]
    [InlineData("class T { public T(string? name) => Name = name?.Trim().ToUpperInvariant() ?? \"\"; public string Name { get; } }")]
    [InlineData("class T { public T(string name) { name = name.Trim(); if (name.Length == 0) throw new ArgumentException(\"\", nameof(name)); Name = name; } public string Name { get; } }")]
    [InlineData("class T { public T(string name, int age) { ArgumentException.ThrowIfNullOrWhiteSpace(name); ArgumentOutOfRangeException.ThrowIfNegative(age); (Name, Age) = (name, age); } public string Name { get; private set; } public int Age { get; private set; } }")]
    [InlineData("class T { public T(IReadOnlyList<int> items) { ArgumentNullException.ThrowIfNull(items); if (items.Count == 0 || items.Any(i => i < 0)) throw new ArgumentException(\"\"); foreach (var i in items) { if (i > 9) throw new ArgumentException(\"\"); } Items = [.. items]; } public IReadOnlyList<int> Items { get; } }")]
    [InlineData("class T { private readonly List<int> _items = []; public T(IEnumerable<int> items) { foreach (var i in items) _items.Add(i); } public IReadOnlyList<int> Items => _items; }")]
    [InlineData("class T { private readonly HashSet<int> _items; public T(IEnumerable<int> items) => _items = items.ToHashSet(); public IReadOnlyCollection<int> Items => _items; }")]
    [InlineData("class T { public T(int a) { A = a; Check(); } private void Check() { if (A < 0) throw new ArgumentException(\"\"); } public int A { get; } }")]
    [InlineData("class T { public T(string a) { Validate(a); A = a; } private static void Validate(string a) { Seen++; } public static int Seen; public string A { get; } }")]
    [InlineData("class T { public T(List<int>? a) => A = a ?? []; public List<int> A { get; private set; } }")]
    [InlineData("class T { public T(string? a) => A = a ?? \"none\"; public string A { get; set; } }")]
    [InlineData("class T { public T(int a) => A = Math.Clamp(a, 1, 10); public int A { get; } }")]
    [InlineData("readonly struct T { public T(decimal a) => A = Math.Round(a, 2, MidpointRounding.AwayFromZero); public decimal A { get; } }")]
    [InlineData("class T { public T(int a) => A = a switch { < 0 => throw new ArgumentException(\"\"), _ => a }; public int A { get; } }")]
    [InlineData("class T { public T(string a) { if (!int.TryParse(a, out var n) || n < 0) throw new ArgumentException(\"\"); A = a; } public string A { get; } }")]
    [InlineData("class T { public double C { get; set; } [StateIgnore] public double F { get => C * 9 / 5 + 32; set => C = (value - 32) * 5 / 9; } }")]
    [InlineData("class T { public T(int a) { A = B = a; } public int A { get; } [StateIgnore] public int B { get; } }")]
    [InlineData("class T { public T(int a) { A = a; Made = DateTime.UtcNow; _other = new List<int> { 1, 2 }; } public int A { get; } public DateTime Made { get; set; } [StateIgnore] private readonly List<int> _other; public int Others() => _other.Count; }")]
    [InlineData("class T { public T(int a) => A = a; public T() : this(3) { } public int A { get; } }")]
    [InlineData("abstract class B { protected B(Guid id) { if (id == Guid.Empty) throw new ArgumentException(\"\"); Id = id; } public Guid Id { get; } } class T : B { public T(Guid id, string name) : base(id) { Name = name; } public string Name { get; } }")]
    [InlineData("class T { public int A { get; set => field = Math.Clamp(value, 0, 10); } public string B { get; set { ArgumentNullException.ThrowIfNull(value); field = value; } } = \"x\"; }")]
    [InlineData("class T { private string? _a; public string? A { get => _a; init { if (value?.Length > 9) throw new ArgumentException(\"\"); _a = value; } } }")]
    [InlineData("class B<X>(X value) { public X Value { get; } = value; } class T : B<int> { public T(int value) : base(value) { } }")]
    [InlineData("class T(IEnumerable<int> items) { private readonly List<int> _items = items.ToList(); public IReadOnlyList<int> Items => _items.AsReadOnly(); }")]
    [InlineData("class T { private readonly Dictionary<string, int> _d; public T(IReadOnlyDictionary<string, int> d) => _d = new(d); public IReadOnlyDictionary<string, int> D => _d; }")]
    [InlineData("partial class T { public T(int a) => A = a; public partial int A { get; private set; } } partial class T { private int _a; public partial int A { get => _a; private set => _a = value; } }")]
    [InlineData("record B(int Id) { public string? Note { get; init; } } record T(int Id, string Name) : B(Id);")]
    [InlineData("record T(int A) { public int A { get; init; } = A; }")]
    [InlineData("record struct T(int A, string B);")]
    [InlineData("abstract class B { public abstract int A { get; set; } } class T : B { public override int A { get; set; } }")]
    [InlineData("class T { public int A; public readonly int B; public T(int b) => B = b; }")]
    [InlineData("class T { [StateIgnore] private int? _hash; public int A { get; set; } [StateIgnore] public string Shown { get; set; } = \"\"; [StateIgnore] public event Action? Changed; public void On() { _hash = 1; Changed?.Invoke(); } }")]
    [InlineData("class T { public double Rad { get; set; } [StateIgnore] public double? Degrees { get => Rad * 57.3; set => Rad = (value ?? 0) / 57.3; } }")]
    [InlineData("partial record T(int A);")]
    [InlineData("class T { public int A { get; set; } public event Action? Changed { add { } remove { } } public static event Action? Shared; public static void On() => Shared?.Invoke(); }")]
    [InlineData("class T(string name) { public string Name { get; set; } = name; public string Upper(string name) => name.ToUpper(); }")]
    [InlineData("class T(string name) { public string Name { get; set; } = name; public string Upper() { var name = Name; return name.ToUpper(); } }")]
    [InlineData("class T(int a) { private readonly int _a = a; public int A => _a; }")]
    // Which constructor is used: public ones first, then the longest; for a record, the primary one.
    [InlineData("class T { public T() { } public T(int a) => A = a; public int A { get; } }")]
    [InlineData("class T { internal T(int a, int b) { A = a; B = b * 2; } public T(int a) => A = a; public int A { get; } public int B { get; set; } }")]
    [InlineData("class T { internal T(int a) => A = a; public int A { get; } }")]
    [InlineData("class T { [Obsolete(\"no\", true)] public T(int a) => A = a * 2; public T() { } public int A { get; set; } }")]
    [InlineData("record T(int A) { public T(int a, int b) : this(a) => B = b * 2; public int B { get; init; } }")]
    [InlineData("class T { public T(in int a) => A = a; public int A { get; } }")]
    [InlineData("class T { [System.Diagnostics.CodeAnalysis.SetsRequiredMembers] public T(int a) => A = a; public required int A { get; init; } }")]
    [InlineData("class T { public T(T other) => A = other.A * 2; public T() { } public int A { get; set; } }")]
    // Members that needn't be written.
    [InlineData("class T { public int A { get; set; } private int B => A; public int C { set { } } public static int D { get; set; } }")]
    [InlineData("class T { public int A { get; set; } [StateIgnore] public int B { get; } [StateIgnore] public int? C { get; set; } [StateIgnore] public int D = 1; }")]
    public void Types_that_are_written_completely_are_stored(string type) => Assert.Null(Refusal(type));

    public static TheoryData<string, string?, bool> Referenced => new()
    {
        { "public class T { private int _a; public int B { get; set; } public void Set() => _a = 1; }", "'T._a' would be lost", false },
        { "public class T { private int A { get; set; } public int B { get; set; } public void Set() => A = 1; }", "'T.A' would be lost", false },
        { "public struct T { private int _a; public int A => _a; public void Set() => _a = 1; }", "'T._a' would be lost", false },
        { "public class B { private int _a; public void Set() => _a = 1; } public class T : B { public int C { get; set; } }", "'B._a' would be lost", false },
        { "public class T(string name) { public string Name { get; set; } = name; public string Upper() => name; }", "'T.name', a constructor parameter that the object keeps", false },
        { "public class T { public int A { get; set; } public event Action? Changed; public void On() => Changed?.Invoke(); }", "'T.Changed' would be lost", false },
        { "public class T { public double Rad { get; set; } public double Degrees { get => Rad * 57.3; set => Rad = value / 57.3; } }", "'T.Degrees' is computed", false },
        { "public class T { public int A { get; set => field = value * 2; } }", "the setter of 'T.A' may store a value that differs from the one it was given", false },
        { "public class T { public int A { get => field * 2; set; } }", "'T.A' is computed", false },
        { "public class T { public int A { get; set; } internal int B { get; set; } }", "'T.B' would be lost", false },
        { "namespace System.Mine { public class T { private int _a; public int B { get; set; } public void Set() => _a = 1; } }", "'T._a' would be lost", false },
        { "namespace System.Mine { public class T { public int B { get; set; } } }", null, false },
        { "public class T { public int A { get; set; } }", null, false },
        { "public record T(int A, string B);", null, false },
        { "public record T(int A) { public T(int a, int b) : this(a + b) { } public int B => 0; }", null, false },
        { "public record B(int A); public record T(int A, string C) : B(A) { public required int D { get; init; } }", null, false },
        { "public class T<X> { public X A { get; set; } = default!; } public class U : T<int>;", null, false },
        { "public class T { [StateIgnore] private int _hash; [StateIgnore] private int Hidden { get; set; } public int A { get; set; } public void Set() => Hidden = _hash = 1; }", null, false },
        { "public record T;", null, false },
        { "public record T(int A) { public T(int a, int b) : this(a + b) { } public int B => 0; public void Deconstruct(out int a, out int b) => (a, b) = (A, B); }", null, false },
        { "public class T { [StateIgnore] public int A { get; set; } public int B { get; set; } }", null, false },
        { "public class MineAttribute : Attribute; public class MineAttribute<X> : Attribute; public class T { [Mine] private int _a; public int B { get; set; } public void Set() => _a = 1; }", "'T._a' would be lost", false },
        { "public class MineAttribute<X> : Attribute; public class T { [Mine<int>] private int _a; public int B { get; set; } public void Set() => _a = 1; }", "'T._a' would be lost", false },
        { "public class T { private const int A = 1; private static int _b; public int C { get; set; } public int Sum() => A + _b++; }", null, false },
        { "public class T { public int A { get; set; } }", "'T' comes from the reference assembly 'Other'", true },
        { "public record T;", "'T' comes from the reference assembly 'Other'", true },
        { "public readonly record struct T(int A);", null, true },
        { "public struct T { private int _a; public int A => _a; public void Set() => _a = 1; }", "'T._a' would be lost", true },
    };

    /// <summary>Private fields of classes in references aren't symbols, so their metadata is read.</summary>
    [Theory]
    [MemberData(nameof(Referenced))]
    public void Types_of_other_assemblies_are_checked_as_strictly(string types, string? reason, bool isReferenceAssembly)
    {
        using var image = new MemoryStream();
        var other = Compile("Other", types, GeneratorRun.CoreReferences);
        var emitted = isReferenceAssembly
            ? other.Emit(image, options: new EmitOptions(metadataOnly: true, includePrivateMembers: false), cancellationToken: TestContext.Current.CancellationToken)
            : other.Emit(image, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        var type = types.Contains("class U", StringComparison.Ordinal) ? "U" : types.Contains("namespace", StringComparison.Ordinal) ? "System.Mine.T" : "T";
        var refusal = Refusal("", type, [.. GeneratorRun.CoreReferences, MetadataReference.CreateFromImage(image.ToArray())]);
        if (reason is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
        }
    }

    /// <summary>Visual Basic names the field of an automatic property _Name and marks only this field; F# names it Name@ and marks nothing.</summary>
    [Theory]
    [InlineData("_A", true, null)]
    [InlineData("_A", false, "'T.A' is computed")]
    [InlineData("_B", true, "'T.A' is computed")]
    [InlineData("A@", false, null)]
    [InlineData("B@", false, "'T.A' is computed")]
    public void Automatic_properties_of_other_languages_are_known(string fieldName, bool isMarked, string? reason)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Other"), typeof(object).Assembly);
        var type = assembly.DefineDynamicModule("Other").DefineType("T", TypeAttributes.Public);
        type.DefineDefaultConstructor(MethodAttributes.Public);
        var field = type.DefineField(fieldName, typeof(int), FieldAttributes.Private);
        if (isMarked)
        {
            field.SetCustomAttribute(new CustomAttributeBuilder(typeof(CompilerGeneratedAttribute).GetConstructor([])!, []));
        }

        var property = type.DefineProperty("A", PropertyAttributes.None, typeof(int), null);
        const MethodAttributes Accessor = MethodAttributes.Public | MethodAttributes.SpecialName | MethodAttributes.HideBySig;
        property.SetGetMethod(type.DefineMethod("get_A", Accessor, typeof(int), null));
        property.SetSetMethod(type.DefineMethod("set_A", Accessor, typeof(void), [typeof(int)]));
        foreach (var accessor in (MethodInfo[])[property.GetMethod!, property.SetMethod!])
        {
            var body = ((MethodBuilder)accessor).GetILGenerator();
            body.Emit(OpCodes.Ldarg_0);
            if (accessor == property.SetMethod)
            {
                body.Emit(OpCodes.Ldarg_1);
            }

            body.Emit(accessor == property.SetMethod ? OpCodes.Stfld : OpCodes.Ldfld, field);
            body.Emit(OpCodes.Ret);
        }

        type.CreateType();
        using var image = new MemoryStream();
        assembly.Save(image);

        var refusal = Refusal("", "T", [.. GeneratorRun.CoreReferences, MetadataReference.CreateFromImage(image.ToArray())]);
        if (reason is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
        }
    }

    /// <summary>An object whose code only assigns needn't be created again to be checked.</summary>
    [Theory]
    [InlineData("record T(int A, List<string> B) { public string? C { get; init; } }", false)]
    [InlineData("class T { private readonly int _a; public T(int a, string b) { _a = a; (B, C) = (b, null); } public int A => _a; public string B { get; } public string? C { get; set; } }", false)]
    [InlineData("class T(int a) { public int A { get; } = a; public string B { get; set; } = \"\"; }", false)]
    [InlineData("record T(int A) { public int A { get; init; } = A < 0 ? throw new ArgumentException(\"\") : A; }", true)]
    [InlineData("class T { public T(int a) { if (a < 0) throw new ArgumentException(\"\"); A = a; } public int A { get; } }", true)]
    [InlineData("class T { public T(IEnumerable<int> a) => A = [.. a]; public IReadOnlyList<int> A { get; } }", true)]
    [InlineData("class T { public string A { get; set => field = value.Trim(); } = \"\"; }", true)]
    [InlineData("class T { private List<int> _a = []; public IReadOnlyList<int> A { get => _a.AsReadOnly(); } public T(List<int> a) => _a = a; }", true)]
    [InlineData("class T { private List<int> _a = []; public IReadOnlyList<int> A { get => _a.AsReadOnly(); } public T(Queue<int> a) => _a = [.. a]; }", null)]
    public void Only_code_that_does_more_than_assign_is_compared(string types, bool? isCompared)
    {
        var compilation = Compile("Sample", $"{types}\nclass Dog {{ void M(T parameter) {{ }} }}", GeneratorRun.CoreReferences);
        var dog = compilation.GetTypeByMetadataName("Dog")!;
        var shapes = FieldShapes.Of(dog, compilation);
        var index = shapes.Add(dog.GetMembers("M").OfType<IMethodSymbol>().Single().Parameters[0].Type, null, out _);
        Assert.Equal(isCompared is null, index < 0);
        Assert.Equal(isCompared is true, isCompared is not null && shapes.Shapes.Single(s => s.Kind == ShapeKind.Object).IsCompared);
    }

    /// <summary>The code of a referenced constructor can't be seen, so its object is compared when an event is raised.</summary>
    [Theory]
    [InlineData("public class T { public T(int a) => A = a * 2; public int A { get; } }", "new T(3)", false)]
    [InlineData("public readonly struct T { public T(decimal a) => A = Math.Clamp(a, 1, 9); public decimal A { get; } }", "new T(3)", true)]
    [InlineData("public readonly struct T { public T(decimal a) => A = Math.Clamp(a, 1, 9); public decimal A { get; } }", "default(T)", false)]
    [InlineData("public record T(string A) { public string A { get; init; } = A.Trim(); }", "new T(\" x \")", true)]
    [InlineData("public record T(string A) { public string A { get; init; } = A.Trim(); }", "new T(\"x\") with { A = \" x \" }", false)]
    [InlineData("public class T { public T(IReadOnlyList<int> a) => A = [.. a, 1]; public IReadOnlyList<int> A { get; } }", "new T([])", false)]
    [InlineData("public class T { public T(IReadOnlyList<int> a) => A = [.. a.Order()]; public IReadOnlyList<int> A { get; } }", "new T([2, 1])", true)]
    public async Task An_object_of_another_assembly_is_compared_when_its_event_is_raised(string type, string value, bool isStored)
    {
        using var image = new MemoryStream();
        Assert.True(Compile("Other", type, GeneratorRun.CoreReferences).Emit(image, cancellationToken: TestContext.Current.CancellationToken).Success);
        var run = GeneratorRun.With([.. GeneratorRun.CoreReferences, MetadataReference.CreateFromImage(image.ToArray())], Keeper.Source("T"), $"public static class Value {{ public static object Make() => {value}; }}");
        var program = run.CompileWith("", image.ToArray());
        var given = program.GetType("Value")!.GetMethod("Make")!.Invoke(null, null);
        var property = given!.GetType().GetProperty("A")!;
        if (isStored)
        {
            Assert.Equal(property.GetValue(given), property.GetValue(await Keeper.RoundTrip(program, 0, given)));
        }
        else
        {
            Assert.Contains("whose constructor or setter changes the value that it receives", (await Assert.ThrowsAsync<EventValueException>(() => Keeper.RoundTrip(program, 0, given))).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("class T { public T(string a) => A = Ardalis.GuardClauses.Extensions.Null(Ardalis.GuardClauses.Guard.Against, a); public string A { get; set; } }", null)]
    [InlineData("class T { public T(List<int> a) { CommunityToolkit.Diagnostics.Guard.IsNotEmpty(a); A = a; } public List<int> A { get; } }", null)]
    [InlineData("class T { public T(List<int> a) { Elsewhere.Fix(a); A = a; } public List<int> A { get; } }", "does more than check and assign its parameters")]
    [InlineData("class T { public T(string a) => A = Elsewhere.Same(a); public string A { get; set; } }", "doesn't assign its parameter 'a'")]
    [InlineData("class T : Elsewhere { public T(int b) : base(b) { } }", null)]
    [InlineData("class T : Elsewhere { public T(int b) : base(b + 1) { } }", "doesn't assign its parameter 'b'")]
    public void Checks_of_known_libraries_change_nothing(string type, string? reason)
    {
        using var image = new MemoryStream();
        Assert.True(Compile("Other", """
            namespace Ardalis.GuardClauses { public interface IGuardClause; public class Guard : IGuardClause { public static IGuardClause Against { get; } = new Guard(); } public static class Extensions { public static T Null<T>(this IGuardClause c, T a, string? name = null) => a; } }
            namespace CommunityToolkit.Diagnostics { public static class Guard { public static void IsNotEmpty<T>(List<T> a) { } } }
            public class Elsewhere(int b) { public int B { get; } = b; public static void Fix(List<int> a) => a.Add(1); public static string Same(string a) => a; }
            """, GeneratorRun.CoreReferences).Emit(image, cancellationToken: TestContext.Current.CancellationToken).Success);
        var refusal = Refusal(type, "T", [.. GeneratorRun.CoreReferences, MetadataReference.CreateFromImage(image.ToArray())]);
        if (reason is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
        }
    }

    /// <summary>In an editor the reference is another compilation, and has symbols for everything.</summary>
    [Theory]
    [InlineData("public class T { private int _a; public int B { get; set; } public void Set() => _a = 1; }", "'T._a' would be lost")]
    [InlineData("public class T(string name) { public string Name => name; }", "'T.Name' is computed")]
    [InlineData("public record T(int A) { public string? Note { get; init; } }", null)]
    [InlineData("public class T { public int A { get => field * 2; set; } }", "'T.A' is computed")]
    [InlineData("public class T { public int A { get { return field; } set; } }", "'T.A' is computed")]
    [InlineData("public class T { public int A { get; set => field = value * 2; } }", "the setter of 'T.A' may store a value that differs from the one it was given")]
    [InlineData("public class T(string name) { public string Name { get; set; } = name; public string Upper() => name; }", "'T.name', a constructor parameter that the object keeps")]
    [InlineData("public partial class T;", null)]
    public void Types_of_other_projects_in_an_editor_are_checked_as_strictly(string types, string? reason)
    {
        var refusal = Refusal("", "T", [.. GeneratorRun.CoreReferences, Compile("Other", types, GeneratorRun.CoreReferences).ToMetadataReference()]);
        if (reason is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("System.Drawing.Point", "is a framework type")]
    [InlineData("System.Numerics.Complex", "is a framework type")]
    [InlineData("Microsoft.Extensions.DependencyInjection.ServiceDescriptor", "is computed")]
    public void Types_of_the_framework_are_refused(string type, string reason) =>
        Assert.Contains(reason, Refusal("", type, GeneratorRun.AllReferences), StringComparison.Ordinal);

    internal static string? Refusal(string types, string type = "T", IReadOnlyList<MetadataReference>? references = null)
    {
        var compilation = Compile("Sample", $"{types}\nclass Dog {{ void M({type} parameter) {{ }} }}", references ?? GeneratorRun.CoreReferences);
        Assert.Empty(compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error));
        var dog = compilation.GetTypeByMetadataName("Dog")!;
        var index = FieldShapes.Of(dog, compilation).Add(dog.GetMembers("M").OfType<IMethodSymbol>().Single().Parameters[0].Type, null, out var reason);
        Assert.Equal(reason is null, index >= 0);
        return reason;
    }

    /// <summary>The shape of the type T.</summary>
    internal static ShapeModel Shape(string types, IReadOnlyList<MetadataReference> references)
    {
        var compilation = Compile("Sample", $"{types}\nclass Dog {{ void M(T parameter) {{ }} }}", references);
        Assert.Empty(compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error));
        var dog = compilation.GetTypeByMetadataName("Dog")!;
        var shapes = FieldShapes.Of(dog, compilation);
        var index = shapes.Add(dog.GetMembers("M").OfType<IMethodSymbol>().Single().Parameters[0].Type, null, out var reason);
        Assert.Null(reason);
        return shapes.Shapes[index];
    }

    /// <summary>A reference to an assembly with the types.</summary>
    internal static MetadataReference Reference(string types)
    {
        using var image = new MemoryStream();
        var emitted = Compile("Other", types, GeneratorRun.CoreReferences).Emit(image, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    private static CSharpCompilation Compile(string name, string source, IEnumerable<MetadataReference> references) => CSharpCompilation.Create(
        name, [CSharpSyntaxTree.ParseText(Usings + source, new CSharpParseOptions(LanguageVersion.CSharp14))], references,
        new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
}
