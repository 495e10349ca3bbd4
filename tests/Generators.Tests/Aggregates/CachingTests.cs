using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Aggregates;

/// <summary>After an edit, only the files that the edit changes are written again.</summary>
public class CachingTests
{
    private const string OtherPart = """
        namespace School;

        partial class Dog
        {
        }
        """;

    [Theory]
    [InlineData("// a comment at the end")]
    [InlineData("public class Unrelated;")]
    public void An_edit_that_changes_no_event_writes_nothing(string edit)
    {
        var run = GeneratorRun.Of(Sources.Dog, Sources.School).Edit(0, $"{Sources.Dog}\n{edit}");

        Assert.NotEmpty(run.OutputReasons);
        Assert.All(run.OutputReasons, r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void An_event_added_in_another_part_of_the_class_is_written()
    {
        var before = GeneratorRun.Of(Sources.Dog, OtherPart, Sources.School);
        var run = before.Edit(1, """
            namespace School;

            partial class Dog
            {
                [Event("Barked")]
                public partial void Bark();
                private void Apply(Barked e) { }
            }
            """);

        Assert.Contains("record Barked", run.Files["School.Dog.Aggregate.g.cs"], StringComparison.Ordinal);
        Assert.Contains("ReadBarked", run.Files["School.Dog.Json.g.cs"], StringComparison.Ordinal);
        Assert.Contains("Dog.Barked", run.Files["School.Dog.Aggregate.g.cs"], StringComparison.Ordinal);
        Assert.Contains(IncrementalStepRunReason.Modified, run.OutputReasons);

        // The application only knows to which aggregate the topics that begin with Dog belong.
        const string Application = "School.TrainingSchool.Application.g.cs";
        Assert.Equal(before.Files[Application], run.Files[Application]);
        run.Image();
    }

    [Fact]
    public void A_type_that_changes_in_another_file_changes_its_serializer()
    {
        var dog = Sources.Dog.Replace("AddTrick(string trick)", "AddTrick(Trick trick)", StringComparison.Ordinal)
            .Replace("Tricks.Add(e.Trick)", "Tricks.Add(e.Trick.Name)", StringComparison.Ordinal);
        var before = GeneratorRun.Of(dog, "namespace School; public record Trick(string Name);");

        var after = before.Edit(1, "namespace School; public record Trick(string Name, int Level);");

        Assert.DoesNotContain("\"level\"", before.Files["School.Dog.Json.g.cs"], StringComparison.Ordinal);
        Assert.Contains("\"level\"", after.Files["School.Dog.Json.g.cs"], StringComparison.Ordinal);
        after.Image();
    }

    [Fact]
    public void An_edit_of_one_aggregate_does_not_write_the_other_again()
    {
        var cat = Sources.Dog.Replace("Dog", "Cat", StringComparison.Ordinal);
        var run = GeneratorRun.Of(Sources.Dog, cat).Edit(1, cat.Replace("string trick", "int trick", StringComparison.Ordinal).Replace("e.Trick", "\"\" + e.Trick", StringComparison.Ordinal));

        var reasons = run.Reasons(StepNames.Aggregates).ToList();
        Assert.Equal(2, reasons.Count);
        Assert.Single(reasons, r => r is IncrementalStepRunReason.Modified);
        Assert.Single(reasons, r => r is IncrementalStepRunReason.Unchanged or IncrementalStepRunReason.Cached);
    }

    /// <summary>The settings of an engine are values: they can stand in another part of the application, and only their own change writes files.</summary>
    [Fact]
    public void Only_a_change_of_the_settings_of_an_engine_writes_its_recorder_again()
    {
        const string File = "School.TrainingSchool.PostgreSql.g.cs";
        static string Part(string settings) => $"namespace School; [EventSourcing.PostgreSql.PostgreSqlTables(Schema = \"teaching\"{settings})] partial class TrainingSchool;";
        var before = GeneratorRun.Of(Sources.Dog, Sources.School, Part(""));

        var same = before.Edit(2, Part(", NotifyInTransaction = false") + " // a comment");
        var after = before.Edit(2, Part(", NotifyInTransaction = true"));

        Assert.NotEmpty(same.OutputReasons);
        Assert.All(same.OutputReasons, r => Assert.Equal(IncrementalStepRunReason.Cached, r));
        Assert.Contains("Schema = \"teaching\"", before.Files[File], StringComparison.Ordinal);
        Assert.Equal([File], after.Files.Where(f => f.Value != before.Files[f.Key]).Select(f => f.Key));
        Assert.Contains("NotifyInTransaction = true", after.Files[File], StringComparison.Ordinal);
        after.Image();
    }

    [Fact]
    public void Nothing_is_generated_without_the_attributes_of_the_library() => Assert.Empty(GeneratorRun.Of("public class Plain;").Files);
}
