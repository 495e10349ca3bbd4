using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0050 and ESG0052: each aggregate begins with a creation event, and its id comes from where it seems to come from.</summary>
public sealed class CreationRulesTests
{
    [Theory]
    [InlineData("public {|ESG0050:Dog|}() { }")]
    [InlineData("private {|ESG0050:Dog|}(int age) { }")]
    [InlineData("private {|ESG0050:Dog|}() { } private {|ESG0050:Dog|}(int age) : this() { }")]
    [InlineData("public {|ESG0050:Dog|}(Guid id) : this(default(EventSourcing.CompilerServices.Rehydration), id) { }")]
    public Task A_constructor_that_leads_to_no_event(string members) => Analysis.Verify(Dog(members));

    [Theory]
    [InlineData("public Dog() : this(\"Fido\") { }")]
    [InlineData("public Dog(int age) : this() { } public Dog() : this(\"Fido\") { }")]
    [InlineData("static Dog() { }")]
    public Task A_constructor_that_does(string members) => Analysis.Verify(Dog(members));

    [Fact]
    public Task A_constructor_of_an_abstract_aggregate_is_never_called() =>
        Analysis.Verify("[EventSourced] public abstract partial class Animal { protected {|ESG0050:Animal|}() { } }");

    [Theory]
    [InlineData("[{|ESG0054:Event(\"Sold\", Accessibility = EventAccessibility.Public)|}] internal sealed partial record Sold; private void Apply(Sold e) { }")]
    [InlineData("[{|ESG0054:Event(\"Sold\", Creates = true)|}] public partial void Sell(); private void Apply(Sold e) { }")]
    [InlineData("[{|ESG0009:Event(\"Found\", Creates = true)|}] public sealed partial record Found; private void Apply(Found e) { } public static Dog Create(Found e) => new(\"\");")]
    [InlineData("private enum Breed { Poodle } [Event(\"Sold\", Accessibility = EventAccessibility.Public)] private partial void Sell(Breed {|ESG0010:breed|});")]
    public Task An_option_of_an_event(string members) => Analysis.Verify(Dog(members));

    [Theory]
    [InlineData("public static string CreateId(int number) => \"\"; [Event(\"Made\")] public partial Dog(string name, string? {|ESG0015:id|} = null); private void Apply(Made e) { }")]
    [InlineData("[Event(\"Made\")] public partial Dog(string? {|ESG0015:id|}); private void Apply(Made e) { }")]
    public Task An_id_that_is_neither_given_nor_made(string members) => Analysis.Verify($"[EventSourced] public sealed partial class Dog {{ {members} }}");

    [Theory]
    [InlineData("public Guid {|ESG0052:CreateId|}(string name) => Guid.NewGuid();")]
    [InlineData("public static Guid {|ESG0052:CreateId|}<T>(string name) => Guid.NewGuid();")]
    [InlineData("public static Guid {|ESG0052:CreateId|}(ref string name) => Guid.NewGuid();")]
    [InlineData("public static Guid {|ESG0052:CreateID|}(string name) => Guid.NewGuid();")]
    [InlineData("private static Guid {|ESG0052:createId|}(string name) => Guid.NewGuid();")]
    [InlineData("public static Func<string, Guid> {|ESG0052:CreateId|} => _ => Guid.NewGuid();")]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); public static string {|ESG0052:CreateId|}(int number) => number.ToString();")]
    public Task A_CreateId_that_is_never_called(string members) => Analysis.Verify(Dog(members));

    [Theory]
    [InlineData("private static Guid CreateId(string name) => Guid.NewGuid();")]
    [InlineData("internal static Guid CreateId(in string name) => Guid.NewGuid();")]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); public static Guid CreateId(int number) => Guid.NewGuid();")]
    [InlineData("public string? CreateID { get; private set; }")]
    public Task A_CreateId_that_is_called(string members) => Analysis.Verify(Dog(members));

    [Fact]
    public Task A_private_CreateId_of_an_abstract_aggregate_is_never_called() =>
        Analysis.Verify("[EventSourced] public abstract partial class Animal { private static Guid {|ESG0052:CreateId|}(string name) => Guid.NewGuid(); }");
}
