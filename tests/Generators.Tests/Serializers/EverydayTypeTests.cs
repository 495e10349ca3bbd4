using System.Reflection;
using System.Text.Json;
using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Serializers;

/// <summary>Types as people write them, with checks and tidying in constructors and setters, are stored and loaded; neighbours that lose something are refused.</summary>
public sealed class EverydayTypeTests
{
    private static readonly Lazy<Assembly> Program = new(Build);

    /// <summary>The kind of the type, the type, and one of its values.</summary>
    public static TheoryData<string, string, string> Everyday => new()
    {
        { "Pattern_that_names_the_value", """public sealed record T { public string Value { get; } public T(string value) { Value = value.Trim() is { Length: > 0 } t ? t : throw new ArgumentException("empty"); } }""", """new T(" a ")""" },
        { "Pattern_that_is_denied", """public sealed record T { public string Value { get; } public T(string value) { if (value?.Trim() is not { Length: > 0 } t) throw new ArgumentException("empty"); Value = t; } }""", """new T(" a ")""" },
        { "Pattern_var", """public sealed record T { public string Value { get; } public T(string value) => Value = value.Trim() is var t && t.Length > 0 ? t : throw new ArgumentException("empty"); }""", """new T(" a ")""" },
        { "Switch_that_throws_in_all_arms_but_one", """public sealed record T { public string Value { get; } public T(string value) => Value = value.Trim() switch { "" => throw new ArgumentException("empty"), { Length: > 50 } => throw new ArgumentException("long"), var t => t }; }""", """new T(" a ")""" },
        { "Switch_over_a_number", """public readonly record struct T { public decimal Value { get; } public T(decimal value) => Value = value switch { < 0 => throw new ArgumentOutOfRangeException(nameof(value)), > 100 => throw new ArgumentOutOfRangeException(nameof(value)), var v => v }; }""", """new T(3.50m)""" },
        { "Switch_of_which_the_last_arm_throws", """public sealed record T { public string Value { get; } public T(string value) => Value = value switch { { Length: 3 } v => v.ToUpperInvariant(), _ => throw new ArgumentException("code") }; }""", """new T("eur")""" },
        { "Switch_in_the_initial_value", """public sealed record T(string Value) { public string Value { get; } = Value switch { null => throw new ArgumentNullException(nameof(Value)), { Length: 0 } => throw new ArgumentException("x"), _ => Value }; }""", """new T("a")""" },
        { "Pattern_in_the_initial_value", """public sealed record T(string Value) { public string Value { get; } = Value is { Length: > 0 } ? Value : throw new ArgumentException("x"); }""", """new T("a")""" },
        { "Regex_in_the_initial_value", """public sealed record T(string Value) { private static readonly System.Text.RegularExpressions.Regex Rx = new("^[a-z@.]+$"); public string Value { get; } = Rx.IsMatch(Value) ? Value.ToLowerInvariant() : throw new ArgumentException("x"); }""", """new T("a@b.c")""" },
        { "Else_that_assigns", """public sealed class T { public int A { get; } public T(int a) { if (a < 0) throw new ArgumentException("x"); else A = a; } }""", """new T(3)""" },
        { "If_that_assigns", """public sealed class T { public int A { get; } public string B { get; } public T(int a, string b) { if (a >= 0) { A = a; B = b; } else { throw new ArgumentException("x"); } } }""", """new T(3, "b")""" },
        { "Else_if", """public sealed class T { public int A { get; } public T(int a) { if (a < 0) throw new ArgumentException("x"); else if (a > 100) throw new ArgumentException("y"); else { A = a; } } }""", """new T(3)""" },
        { "TryParse_of_the_framework", """public sealed class T { public string Text { get; } [StateIgnore] public int N { get; } public T(string text) { if (!int.TryParse(text, out var n)) throw new ArgumentException("x"); Text = text; N = n; } }""", """new T("3")""" },
        { "Try_as_a_check", """public sealed record T { public string Value { get; } public T(string value) { try { _ = new System.Net.Mail.MailAddress(value); } catch (FormatException e) { throw new ArgumentException("bad", e); } Value = value; } }""", """new T("a@b.c")""" },
        { "TryCreate", """public sealed record T { public string Value { get; } public T(string value) { if (!System.Net.Mail.MailAddress.TryCreate(value, out _)) throw new ArgumentException("bad"); Value = value; } }""", """new T("a@b.c")""" },
        { "Try_that_assigns", """public sealed record T { public string Value { get; } public T(string value) { try { _ = new System.Net.Mail.MailAddress(value); Value = value; } catch (FormatException e) { throw new ArgumentException("bad", e); } } }""", """new T("a@b.c")""" },
        { "Loop_that_checks_and_adds", """public sealed class T { private readonly List<string> _items = new(); public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { foreach (var x in items) { if (x is null) throw new ArgumentException("x"); _items.Add(x); } } }""", """new T(["a", "b"])""" },
        { "Loop_over_a_dictionary", """public sealed class T { private readonly Dictionary<string, int> _d = new(); public IReadOnlyDictionary<string, int> D => _d; public T(IReadOnlyDictionary<string, int> d) { foreach (var (k, v) in d) { if (v < 0) throw new ArgumentException("x"); _d.Add(k, v); } } }""", """new T(new Dictionary<string, int> { ["a"] = 1 })""" },
        { "Loop_that_fills_a_local", """public sealed class T { public IReadOnlyList<string> Items { get; } public T(IEnumerable<string> items) { var list = new List<string>(); foreach (var x in items) { if (x.Length == 0) throw new ArgumentException("x"); list.Add(x); } Items = list; } }""", """new T(["a", "b"])""" },
        { "Loop_that_refuses_duplicates", """public sealed class T { private readonly HashSet<string> _tags = []; public IReadOnlyCollection<string> Tags => _tags; public T(IEnumerable<string> tags) { foreach (var t in tags) { if (!_tags.Add(t)) throw new ArgumentException("twice"); } } }""", """new T(["a", "b"])""" },
        { "Immutable_array_of_any_sequence", """public sealed class T { public T(IEnumerable<int> items) => Items = items.ToImmutableArray(); public ImmutableArray<int> Items { get; } }""", """new T([1, 2])""" },
        { "Virtual_check", """public class T { public T(int a) { A = a; Validate(); } protected virtual void Validate() { if (A < 0) throw new ArgumentException("x"); } public int A { get; } }""", """new T(3)""" },
        { "Virtual_check_of_a_record", """public record T { public T(int a) { A = a; Validate(); } protected virtual void Validate() { if (A < 0) throw new ArgumentException("x"); } public int A { get; } }""", """new T(3)""" },
        { "Virtual_check_that_is_overridden", """public abstract class VO<X> { protected VO(X value) { Value = value; Validate(value); } public X Value { get; } protected virtual void Validate(X value) { } } public sealed class T : VO<string> { public T(string value) : base(value) { } protected override void Validate(string value) { if (value.Length == 0) throw new ArgumentException("x"); } }""", """new T("a")""" },
        { "Abstract_check", """public abstract record VO { protected VO(string value) { Validate(value); Value = value; } public string Value { get; } protected abstract void Validate(string value); } public sealed record T : VO { public T(string value) : base(value) { } protected override void Validate(string value) { if (value.Length == 0) throw new ArgumentException("x"); } }""", """new T("a")""" },
        { "Guard", """public static class Guard { public static void NotEmpty(string v, string n) { if (string.IsNullOrWhiteSpace(v)) throw new ArgumentException(n); } public static T NotNull<T>(T? v) where T : class => v ?? throw new ArgumentNullException(); } public sealed class T { public string Name { get; } public T(string name) { Guard.NotEmpty(name, nameof(name)); Name = name; } }""", """new T("a")""" },
        { "Guard_that_returns", """public static class Guard { public static X NotNull<X>(X? v, string n) where X : class => v ?? throw new ArgumentNullException(n); public static X InRange<X>(X v, X a, X b) where X : IComparable<X> { if (v.CompareTo(a) < 0 || v.CompareTo(b) > 0) throw new ArgumentOutOfRangeException(); return v; } } public sealed class T { public string Name { get; } public int Q { get; } public T(string name, int q) { Name = Guard.NotNull(name, nameof(name)); Q = Guard.InRange(q, 1, 10); } }""", """new T("a", 3)""" },
        { "Check_of_a_list", """public sealed class T { public IReadOnlyList<string> Items { get; } public T(IReadOnlyList<string> items) { Validate(items); Items = items.ToList(); } private static void Validate(IReadOnlyList<string> items) { if (items.Count == 0) throw new ArgumentException("x"); foreach (var i in items) if (i.Length == 0) throw new ArgumentException("x"); } }""", """new T(["a"])""" },
        { "ToDictionary_of_keys_and_values", """public sealed class T { public IReadOnlyDictionary<string, int> D { get; } public T(IReadOnlyDictionary<string, int> d) => D = d.ToDictionary(x => x.Key, x => x.Value); }""", """new T(new Dictionary<string, int> { ["a"] = 1 })""" },
        { "ToDictionary_of_pairs", """public sealed class T { public Dictionary<string, int> D { get; } public T(IEnumerable<KeyValuePair<string, int>> d) => D = d.ToDictionary(); }""", """new T(new Dictionary<string, int> { ["a"] = 1 })""" },
        { "Frozen_dictionary", """public sealed class T { public System.Collections.Frozen.FrozenDictionary<string, int> D { get; } public T(IReadOnlyDictionary<string, int> d) => D = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(d); }""", """new T(new Dictionary<string, int> { ["a"] = 1 })""" },
        { "Frozen_set", """public sealed class T { public System.Collections.Frozen.FrozenSet<string> D { get; } public T(IEnumerable<string> d) => D = System.Collections.Frozen.FrozenSet.ToFrozenSet(d); }""", """new T(["b", "a"])""" },
        { "Set_of_any_sequence", """public sealed class T { public IReadOnlySet<string> D { get; } public T(IEnumerable<string> d) => D = d.ToHashSet(); }""", """new T(["b", "a"])""" },
        { "Ordered_by", """public sealed class T { public IReadOnlyList<int> D { get; } public T(IEnumerable<int> d) => D = d.OrderBy(x => x).ToList(); }""", """new T([3, 1, 2])""" },
        { "Ordered", """public sealed class T { public int[] D { get; } public T(params int[] d) => D = [.. d.Order()]; }""", """new T([3, 1, 2])""" },
        { "Ordered_and_distinct", """public sealed class T { public IReadOnlyList<int> D { get; } public T(IEnumerable<int> d) => D = d.Distinct().Order().ToArray(); }""", """new T([3, 1, 2, 2])""" },
        { "Ordered_by_code_units", """public sealed class T { public IReadOnlyList<string> D { get; } public T(IEnumerable<string> d) => D = d.OrderBy(x => x, StringComparer.Ordinal).ToList(); }""", """new T(["b", "a"])""" },
        { "Sorted_set", """public sealed class T { public ImmutableSortedSet<int> D { get; } public T(IEnumerable<int> d) => D = d.ToImmutableSortedSet(); }""", """new T([3, 1, 2])""" },
        { "Money", """public readonly record struct T { public decimal Amount { get; } public string Currency { get; } public T(decimal amount, string currency) { ArgumentOutOfRangeException.ThrowIfNegative(amount); ArgumentException.ThrowIfNullOrWhiteSpace(currency); if (currency.Length != 3) throw new ArgumentException("x", nameof(currency)); Amount = decimal.Round(amount, 2, MidpointRounding.ToEven); Currency = currency.ToUpperInvariant(); } public static T operator +(T a, T b) => a.Currency == b.Currency ? new(a.Amount + b.Amount, a.Currency) : throw new InvalidOperationException(); public static T Zero(string c) => new(0, c); }""", """new T(1.234m, "eur")""" },
        { "Percentage", """public readonly record struct T(decimal Value) { public decimal Value { get; } = Value is >= 0 and <= 100 ? Value : throw new ArgumentOutOfRangeException(nameof(Value)); public static implicit operator decimal(T p) => p.Value; public decimal Of(decimal x) => x * Value / 100; }""", """new T(3.5m)""" },
        { "Date_range", """public sealed record T { public DateOnly From { get; } public DateOnly To { get; } public T(DateOnly from, DateOnly to) { if (to < from) throw new ArgumentException("x"); From = from; To = to; } public int Days => To.DayNumber - From.DayNumber; public bool Contains(DateOnly d) => d >= From && d <= To; }""", """new T(new(2026, 1, 1), new(2026, 2, 1))""" },
        { "Date_range_as_a_record", """public sealed record T(DateOnly From, DateOnly To) { public DateOnly To { get; } = To >= From ? To : throw new ArgumentException("x"); }""", """new T(new(2026, 1, 1), new(2026, 2, 1))""" },
        { "Order_line", """public sealed record T(Guid ProductId, int Quantity, decimal UnitPrice) { public int Quantity { get; init; } = Quantity > 0 ? Quantity : throw new ArgumentOutOfRangeException(nameof(Quantity)); public decimal Total => Quantity * UnitPrice; }""", """new T(Guid.Empty, 3, 4.5m)""" },
        { "Quantity", """public readonly struct T : IEquatable<T>, IComparable<T> { private readonly int _value; public T(int value) { if (value <= 0) throw new ArgumentOutOfRangeException(nameof(value)); _value = value; } public int Value => _value; public bool Equals(T o) => _value == o._value; public override bool Equals(object? o) => o is T t && Equals(t); public override int GetHashCode() => _value; public int CompareTo(T o) => _value.CompareTo(o._value); public static explicit operator T(int v) => new(v); }""", """new T(3)""" },
        { "Isbn", """public sealed record T { public string Value { get; } public T(string value) { var digits = value.Replace("-", "").Replace(" ", ""); if (digits.Length != 13 || !digits.All(char.IsDigit)) throw new ArgumentException("x"); var sum = 0; for (var i = 0; i < 13; i++) sum += (digits[i] - '0') * (i % 2 == 0 ? 1 : 3); if (sum % 10 != 0) throw new ArgumentException("y"); Value = digits; } }""", """new T("978-3-16-148410-0")""" },
        { "Phone_number_of_its_digits", """public sealed record T { public string Value { get; } public T(string value) { ArgumentNullException.ThrowIfNull(value); var cleaned = new string(value.Where(char.IsDigit).ToArray()); if (cleaned.Length < 5) throw new ArgumentException("x"); Value = cleaned; } }""", """new T("0123 456")""" },
        { "Phone_number_by_a_regex", """public sealed record T { public string Value { get; } public T(string value) { Value = System.Text.RegularExpressions.Regex.Replace(value, @"[^\d+]", ""); } }""", """new T("0123 456")""" },
        { "Phone_number_of_joined_digits", """public sealed record T { public string Value { get; } public T(string value) { Value = string.Concat(value.Where(char.IsDigit)); } }""", """new T("0123 456")""" },
        { "Postal_code", """public sealed record T { public string Value { get; } public T(string value) { Value = value.Replace(" ", string.Empty).ToUpperInvariant(); } }""", """new T("a 1")""" },
        { "Setter_that_checks", """public sealed class T { private string _name = "x"; public string Name { get => _name; set { if (string.IsNullOrEmpty(value)) throw new ArgumentException("x"); _name = value; } } public T(string name) { Name = name; } }""", """new T("a")""" },
        { "Setter_with_a_choice", """public sealed class T { public int Age { get; set => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value)); } }""", """new T { Age = 3 }""" },
        { "Setter_with_a_switch", """public sealed class T { public int Age { get; set => field = value switch { < 0 => throw new ArgumentOutOfRangeException(nameof(value)), _ => value }; } }""", """new T { Age = 3 }""" },
        { "Setter_with_if_and_else", """public sealed class T { private int _a; public int Age { get => _a; set { if (value >= 0) { _a = value; } else { throw new ArgumentOutOfRangeException(nameof(value)); } } } }""", """new T { Age = 3 }""" },
        { "Method_that_checks_and_assigns", """public sealed class T { public T(string name) { SetName(name); } public string Name { get; private set; } = ""; private void SetName(string name) { if (name.Length == 0) throw new ArgumentException("x"); Name = name; } }""", """new T("a")""" },
        { "Method_that_assigns_later_too", """public sealed class T { public T(string name) => Rename(name); public string Name { get; private set; } = ""; public void Rename(string name) { ArgumentException.ThrowIfNullOrWhiteSpace(name); Name = name; } }""", """new T("a")""" },
        { "Choices_that_throw", """public sealed class T { public T(Guid id, string name) { Id = id == Guid.Empty ? throw new ArgumentException("x") : id; Name = !string.IsNullOrWhiteSpace(name) ? name : throw new ArgumentException("x"); } public Guid Id { get; } public string Name { get; } }""", """new T(new Guid("5b1a5d0f-0e3c-4a54-8f0b-3a2f27c3a101"), "a")""" },
        { "Null_for_white_space_and_trimmed", """public sealed record T { public string? Note { get; } public T(string? note) { Note = string.IsNullOrWhiteSpace(note) ? null : note.Trim(); } }""", """new T(" a ")""" },
        { "Null_for_white_space", """public sealed record T { public string? Note { get; } public T(string? note) { Note = string.IsNullOrWhiteSpace(note) ? null : note; } }""", """new T(" a ")""" },
        { "Check_of_the_kind_of_a_time", """public sealed record T { public DateTime At { get; } public T(DateTime at) { if (at.Kind != DateTimeKind.Utc) throw new ArgumentException("x"); At = at; } }""", """new T(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc))""" },
        { "Time_in_utc", """public sealed record T { public DateTimeOffset At { get; } public T(DateTimeOffset at) { At = at.ToUniversalTime(); } }""", """new T(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(1)))""" },
        { "Date_of_a_time", """public sealed record T { public DateTime At { get; } public T(DateTime at) { At = at.Date; } }""", """new T(new DateTime(2026, 1, 1, 3, 0, 0, DateTimeKind.Utc))""" },
        { "Clone_of_an_array", """public sealed class T { public byte[] Data { get; } public T(byte[] data) { Data = (byte[])data.Clone(); } }""", """new T([1, 2])""" },
        { "Items_that_are_trimmed", """public sealed class T { public IReadOnlyList<string> Tags { get; } public T(IEnumerable<string> tags) { Tags = tags.Select(t => t.Trim()).ToList(); } }""", """new T([" a"])""" },
        { "Items_that_are_chosen", """public sealed class T { public IReadOnlyList<string> Tags { get; } public T(IEnumerable<string> tags) { Tags = tags.Where(t => t.Length > 0).ToList(); } }""", """new T(["a"])""" },
        { "Distinct_items", """public sealed class T { public IReadOnlyList<string> Tags { get; } public T(IEnumerable<string> tags) { Tags = tags.Distinct().ToArray(); } }""", """new T(["a", "a"])""" },
        { "Loop_that_calls_the_own_Add", """public sealed class T { private readonly List<int> _items = []; public IReadOnlyList<int> Items => _items; public T(IEnumerable<int> items) { foreach (var i in items) Add(i); } public void Add(int i) { if (i < 0) throw new ArgumentException("x"); _items.Add(i); } }""", """new T([1])""" },
        { "Method_that_throws", """public sealed class T { public string A { get; } public T(string a) { if (string.IsNullOrEmpty(a)) Throw(); A = a; } [System.Diagnostics.CodeAnalysis.DoesNotReturn] private static void Throw() => throw new ArgumentException("x"); }""", """new T("a")""" },
        { "If_that_sets_a_default", """public sealed class T { public string A { get; } public T(string? a) { if (string.IsNullOrEmpty(a)) a = "none"; A = a; } }""", """new T("a")""" },
        { "Switch_statement", """public sealed class T { public int A { get; } public T(int a) { switch (a) { case < 0: throw new ArgumentException("x"); default: A = a; break; } } }""", """new T(3)""" },
        { "Address", """public sealed record T { public required string Street { get; init; } public string? Line2 { get; init; } public string Country { get; init => field = string.IsNullOrWhiteSpace(value) ? throw new ArgumentException("x") : value.ToUpperInvariant(); } = "DE"; }""", """new T { Street = "a", Country = "fr" }""" },
        { "Init_that_trims", """public sealed record T { private readonly string _zip = ""; public required string Zip { get => _zip; init { ArgumentException.ThrowIfNullOrWhiteSpace(value); if (value.Length > 10) throw new ArgumentException("x"); _zip = value.Trim(); } } }""", """new T { Zip = " 12345" }""" },
        { "Init_with_a_pattern", """public sealed record T { public string Name { get; init => field = value.Trim() is { Length: > 0 } t ? t : throw new ArgumentException("x"); } = "x"; }""", """new T { Name = " a " }""" },
        { "Constructor_that_trims_beside_init", """public sealed record T { public string Value { get; init; } public T(string value) => Value = value.Trim().ToLowerInvariant(); }""", """new T(" A ")""" },
        { "Constructor_that_trims_beside_a_private_set", """public sealed class T { public string Value { get; private set; } public T(string value) => Value = value.Trim(); public void Change(string value) => Value = value.Trim(); }""", """new T(" A ")""" },
        { "Two_constructors", """public readonly record struct T { public decimal Amount { get; } public string Currency { get; } public T(decimal amount, string currency) { Amount = Math.Round(amount, 2); Currency = currency.ToUpperInvariant(); } public T(decimal amount) : this(amount, "eur") { } }""", """new T(1.234m)""" },
    };

    /// <summary>A type of the same look, and why it is refused.</summary>
    public static TheoryData<string, string> Neighbours => new()
    {
        { """public sealed record T { public string Value { get; } public T(string value, string other) { Value = other.Trim() is { Length: > 0 } t ? t : throw new ArgumentException("empty"); Other = other; } public string Other { get; } }""", "'T' doesn't put its parameter" },
        { """public sealed record T { public string Value { get; } public T(string value) => Value = value.Split(',') is [var first, ..] ? first : throw new ArgumentException("x"); }""", "'T' doesn't put its parameter" },
        { """public sealed record T { public string Value { get; } public T(string value) { if (value is not { Length: > 0 } t) throw new ArgumentException("x"); t = t + "x"; Value = t; } }""", "'T' doesn't put its parameter" },
        { """public sealed record T { public string Value { get; } public T(string value) { if (value is not { Length: > 0 } t || (t = "b") == "") throw new ArgumentException("x"); Value = t; } }""", "'T' doesn't put its parameter" },
        { """public sealed record P(string A, string B);  public sealed record T { public P P { get; } public string B { get; set; } = ""; public T(P p) { P = p is { A: var a } q ? q with { A = a + "x" } : throw new ArgumentException("x"); } }""", "'T' doesn't put its parameter" },
        { """public sealed record T { public string Value { get; } public T(string value) => Value = value switch { "" => throw new ArgumentException("e"), { Length: 3 } v => v.Trim(), var t => t.ToUpperInvariant() }; }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public int A { get; } public int B { get; } public T(int a, int b) { if (a < 0) throw new ArgumentException("x"); else { A = b; B = a; } } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public int A { get; } public int B { get; } public T(int a, int b) { B = b; if (a < 0) throw new ArgumentException("x"); else if (a > 5) { A = a; } } }""", "('if (a > 5) { A = a; }')" },
        { """public sealed class T { public int A { get; } public T(int a) { if (a > 3) { A = a; } else { A = a + 1; } } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public static int Limit = 4; public int A { get; } public T(int a) { if (a > Limit) a = 0; A = a; } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public DateTime A { get; } public T(DateTime a) { if (a < DateTime.UtcNow) A = a; else A = default; } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public string Text { get; } public T(string text) { if (!TryX(text, out var b)) throw new ArgumentException("x"); Text = b; } private static bool TryX(string a, out string b) { b = a + "x"; return b.Length > 0; } }""", "'T' doesn't put its parameter" },
        { """public sealed record T { public string Value { get; } public T(string value) { try { Value = value; _ = new System.Net.Mail.MailAddress(value); } catch (FormatException) { Value = "none"; } } }""", "('try {" },
        { """public sealed record T { public List<int> Value { get; } public T(List<int> value) { try { throw new Exception(value.Remove(1).ToString()); } catch (Exception) { } Value = value; } }""", "('try {" },
        { """public sealed record T { public string Value { get; private set; } public T(string value) { try { Value = value; } finally { Value = value + "x"; } } }""", "('try {" },
        { """public sealed class T { private readonly List<string> _items = new(); public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { foreach (var x in items) { if (x.Length == 0) continue; _items.Add(x); } } }""", "('foreach" },
        { """public sealed class T { private readonly List<string> _items = new(); public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { foreach (var x in items) { _items.Add(x); if (_items.Count > 1) break; } } }""", "('foreach" },
        { """public sealed class T { private readonly List<string> _items = new(); public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { foreach (var x in items) { _items.Add(x); _items.Add(x); } } }""", "('_items.Add(x)')" },
        { """public sealed class T { private readonly List<string> _items = new(); public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { var last = ""; foreach (var x in items) { last += x; _items.Add(last); } } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { private readonly List<string> _items = new(); public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { foreach (var x in items) { if (x != "") { _items.Add(x); } } } }""", "('if (x" },
        { """public sealed class T { private readonly List<string> _items = ["z"]; public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { foreach (var x in items) { if (x is null) throw new ArgumentException(); _items.Add(x); } } }""", "('_items.Add(x)')" },
        { """public sealed class T { private readonly Dictionary<string, string> _d = new(); public IReadOnlyDictionary<string, string> D => _d; public T(IReadOnlyDictionary<string, string> d) { foreach (var (k, v) in d) { _d.Add(v, k); } } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { private readonly List<string> _items = []; public IReadOnlyList<string> Items => _items; public T(IEnumerable<string> items) { foreach (var x in items) { _items.Add(x); } _items.Sort(); } }""", "('_items.Sort()')" },
        { """public sealed class T { private readonly List<string> _items = []; public IReadOnlyList<string> Items => _items; public int N { get; set; } public T(IEnumerable<string> items) { foreach (var x in items) { _items.Add(x); N++; } } }""", "('foreach" },
        { """public sealed class T { private readonly List<int> _items = []; public IReadOnlyList<int> Items => _items; public T(IEnumerable<int> items) { foreach (var i in items) Add(i); } public void Add(int i) { _items.Add(i * 2); } }""", "'T' doesn't put its parameter" },
        { """public class B { public B(int a) { A = a; Validate(); } protected virtual void Validate() { if (A < 0) throw new ArgumentException("x"); } public int A { get; protected set; } } public sealed class T : B { public T(int a) : base(a) { } protected override void Validate() { A++; } }""", "('Validate()')" },
        { """public class B { public B(List<int> a) { A = a; Validate(a); } protected virtual void Validate(List<int> a) { } public List<int> A { get; } } public sealed class T : B { public T(List<int> a) : base(a) { } protected override void Validate(List<int> a) { a.Add(1); } }""", "('Validate(a)')" },
        { """public class B { public int A { get; set { field = value; Changed(); } } protected virtual void Changed() { } } public sealed class T : B { public int N { get; set; } protected override void Changed() { N++; } }""", "the setter of 'B.A'" },
        { """public static class Guard { public static void NotEmpty(List<int> v) { v.Clear(); } } public sealed class T { public List<int> Name { get; } public T(List<int> name) { Guard.NotEmpty(name); Name = name; } }""", "('Guard.NotEmpty(name)')" },
        { """public sealed class T { public IReadOnlyDictionary<string, string> D { get; } public T(IReadOnlyDictionary<string, string> d) => D = d.ToDictionary(x => x.Value, x => x.Key); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public IReadOnlyDictionary<string, string> D { get; } public T(IReadOnlyDictionary<string, string> d) => D = d.ToDictionary(x => x.Key, x => x.Value, StringComparer.OrdinalIgnoreCase); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public System.Collections.Frozen.FrozenSet<string> D { get; } public T(IEnumerable<string> d) => D = System.Collections.Frozen.FrozenSet.ToFrozenSet(d, StringComparer.OrdinalIgnoreCase); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public IReadOnlyList<string> D { get; } public T(IEnumerable<string> d) => D = d.OrderBy(x => x).ToList(); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public IReadOnlyList<string> D { get; } public T(IEnumerable<string> d) => D = d.OrderBy(x => x.ToUpper(), StringComparer.Ordinal).ToList(); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public static int Min = 0; public IReadOnlyList<int> D { get; } public T(IEnumerable<int> d) => D = d.Where(x => x > Min).ToList(); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public int Min { get; } public IReadOnlyList<int> D { get; } public T(IEnumerable<int> d, int min) { D = d.Where(x => x > min).ToList(); Min = min; } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public int Min { get; set; } = 2; public IReadOnlyList<int> D { get; } public T(IEnumerable<int> d) { D = d.Where(x => x > Min).ToList(); } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public IReadOnlyList<int> D { get; } public T(IEnumerable<int> d) => D = d.Select(x => x + 1).ToList(); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public IReadOnlyList<string> D { get; } public T(IEnumerable<string> d) => D = d.Select(x => x.ToUpper()).ToList(); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public string D { get; } public T(string d) => D = d.Replace("i", "I", StringComparison.CurrentCultureIgnoreCase); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public string D { get; } public T(string d) => D = d.Replace("a", "aa"); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public string D { get; } public T(string d) => D = System.Text.RegularExpressions.Regex.Replace(d, "i", "", System.Text.RegularExpressions.RegexOptions.IgnoreCase); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public string D { get; } public T(string d) => D = d.Substring(1); }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public string D { get; } public string E { get; } public T(string d, string e) { D = d.Replace("-", e); E = e; } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public string D { get; } public T(string d) { D = d.Replace("-", d); } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public T(string name, string other) { SetName(name); SetName(other); Other = other; } public string Other { get; } public string Name { get; private set; } = ""; private void SetName(string name) { Name = name; } }""", "'T' doesn't put its parameter" },
        { """public sealed class T { public T(string name) { SetName(name); } public string Name { get; private set; } = ""; private void SetName(string name) { Name = name + "x"; } }""", "('SetName(name)')" },
        { """public class B { public B(string name) { SetName(name); } public string Name { get; protected set; } = ""; protected virtual void SetName(string name) { Name = name; } } public sealed class T : B { public T(string name) : base(name) { } protected override void SetName(string name) { Name = name + "x"; } }""", "('SetName(name)')" },
        { """public sealed class T { public T(int a) { Set(a); } public int A { get; private set; } private void Set(int a) { A = a; Set(a); } }""", "('Set(a)')" },
        { """public sealed class T { public T(int a) { Set(ref a); A = a; } public int A { get; private set; } private void Set(ref int a) { a++; } }""", "('Set(ref a)')" },
        { """public sealed class T { public static int Seen; public T(int a) { Set(a); } public int A { get; private set; } private void Set(int a) { A = a; Seen++; } }""", "('Set(a)')" },
        { """public sealed class T { public int A { get; } public T(int a) { switch (a) { case < 0: throw new ArgumentException("x"); case > 5: A = a; break; } } }""", "('switch" },
        { """public sealed class T { public int A { get; } public T(int a) { switch (a) { case < 0: throw new ArgumentException("x"); default: A = a; goto case 7; case 7: throw new Exception(); } } }""", "('switch" },
        { """public class T { public IReadOnlyList<int> A { get; } public T(IEnumerable<int> a) { var l = new List<int>(); foreach (var x in a) l.Add(x); l.Add(3); A = l; } }""", "('l.Add(3)')" },
        { """public class T { public string A { get; } public int B { get; } public T(string a, int b) { if (b > 3) a = ""; A = a; B = b; } }""", "'T' doesn't put its parameter" },
        { """public sealed record T { public DateTime At { get; } public T(DateTime at) { At = at.ToLocalTime(); } }""", "'T' doesn't put its parameter" },
        { """public sealed class X : ICloneable { public int V { get; set; } public object Clone() => new X { V = V + 1 }; } public sealed class T { public X Data { get; } public T(X data) { Data = (X)data.Clone(); } }""", "'T' doesn't put its parameter" },
    };

    [Theory]
    [MemberData(nameof(Everyday))]
    public async Task Everyday_types_are_stored_and_loaded(string kind, string types, string value)
    {
        Assert.NotEmpty(value);
        Assert.Null(StateCoverageTests.Refusal(Usings(types)));
        var given = Program.Value.GetType($"{kind}.Value")!.GetMethod("Make")!.Invoke(null, null);
        var loaded = await Keeper.RoundTrip(Program.Value, Accepted.FindIndex(c => c.Kind == kind), given);
        Assert.Equal(JsonSerializer.Serialize(given), JsonSerializer.Serialize(loaded));
    }

    [Theory]
    [MemberData(nameof(Neighbours))]
    public void Neighbours_that_lose_something_are_refused(string types, string reason) =>
        Assert.Contains(reason, StateCoverageTests.Refusal(Usings(types)), StringComparison.Ordinal);

    private static readonly List<(string Kind, string Types, string Value)> Accepted =
        [.. Everyday.Select(row => row.Data).Where(row => StateCoverageTests.Refusal(Usings(row.Item2)) is null)];

    // One program, because to compile one for each type would take long.
    private static Assembly Build() => GeneratorRun.With(
        GeneratorRun.CoreReferences,
        [
            Keeper.Source([.. Accepted.Select(c => $"{c.Kind}.T")]),
            .. Accepted.Select(c => $"using System.Linq; using System.Collections.Immutable; using System.Collections.ObjectModel; namespace {c.Kind} {{ {c.Types} public static class Value {{ public static object Make() => {c.Value}; }} }}"),
        ]).CompileWith("");

    private static string Usings(string types) => "using System.Collections.Immutable; using System.Collections.ObjectModel; " + types;
}
