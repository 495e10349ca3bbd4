using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Events;

/// <summary>The contract of an event describes the stored data, and nothing else.</summary>
public class EventContractTests
{
    private const string Declared = "[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string name, int? age = null);";

    [Theory]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] internal partial void Another(string name, int? age = null);")]
    [InlineData("[Event(\"Renamed\", TypeName = \"NameChanged\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string name, int? age = null);")]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string name, DateTimeOffset timestamp, int? age = null);")]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] internal sealed partial record Renamed(string Name, int? Age = null);")]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] public partial record NewName(string Name, int? Age = null);")]
    public void The_contract_does_not_depend_on_how_the_event_is_declared(string declared) => Assert.Equal(ContractOf(Declared), ContractOf(declared));

    [Theory]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string name, int? age);")]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string? name, int? age = null);")]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string name, long? age = null);")]
    [InlineData("[Event(\"Renamed\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string text, int? age = null);")]
    [InlineData("[Event(\"Renamed\")] public partial void Rename(string name, int? age = null);")]
    [InlineData("[Event(\"Renamed\", Topic = \"Dog.Other\", FormerTopics = [\"Dog.Named\"])] public partial void Rename(string name, int? age = null);")]
    public void The_contract_differs_when_the_stored_data_differs(string declared) => Assert.NotEqual(ContractOf(Declared), ContractOf(declared));

    [Fact]
    public void The_contract_has_topics_and_fields()
    {
        var contract = ContractOf(Declared);

        Assert.Equal(("Renamed", "Dog.Renamed"), (contract.Name, contract.Topic));
        Assert.Equal(["Dog.Renamed", "Dog.Named"], contract.Topics);
        Assert.Equal(
            [("name", "Name", "string", null, true), ("age", "Age", "int?", "null", false)],
            contract.Fields.Select(f => (f.JsonName, f.Property, f.Type, f.Default, f.IsRequired)));
    }

    /// <summary>The JSON reader requires the same fields.</summary>
    [Theory]
    [InlineData("[Event(\"E\")] public partial void M(string a, int b = 1);", "10")]
    [InlineData("[Event(\"E\")] public partial void M(string a = null!, int b = 1);", "10")]
    [InlineData("[Event(\"E\")] public partial void M(string? a = null, int b = 1);", "00")]
    [InlineData("[Event(\"E\")] public sealed partial record E(int A) { public int B { get; init; } = 2; }", "10")]
    [InlineData("[Event(\"E\")] public sealed partial record E(int A) { public required int B { get; init; } }", "11")]
    [InlineData("[Event(\"E\")] public sealed partial record E(int A) { public int B { get; set; } = 2; }", "10")]
    public void The_contract_says_which_fields_are_required(string declared, string required)
    {
        Assert.Equal(required, string.Concat(ContractOf(declared).Fields.Select(f => f.IsRequired ? '1' : '0')));

        // The reader asks whether the state has a field that isn't required.
        var json = Run(declared).Files["Dog.Json.g.cs"];
        Assert.All(ContractOf(declared).Fields, f => Assert.Equal(!f.IsRequired, json.Contains($"state.Has(\",\\\"{f.JsonName}\\\":\"u8)", StringComparison.Ordinal)));
    }

    private static EventContract ContractOf(string declared)
    {
        var compilation = Run(declared).Input;
        var dog = AggregateParser.Parse(compilation.GetTypeByMetadataName("Dog")!, compilation, null, TestContext.Current.CancellationToken)!;
        return dog.Events[1].Contract;
    }

    private static GeneratorRun Run(string declared) => GeneratorRun.Of($$"""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(Guid id);

            {{declared}}
        }
        """);
}
