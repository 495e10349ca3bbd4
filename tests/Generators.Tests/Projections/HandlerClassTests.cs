using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Projections;

/// <summary>The code generated for classes with handlers.</summary>
public class HandlerClassTests
{
    private const string Search = """
        namespace School;

        public interface ITokenizer;

        [Projection("search", Version = 2, OnError = ProjectionErrorPolicy.Park)]
        public sealed partial class Search(StoreTransaction<Guid> transaction, ITokenizer tokenizer, IServiceProvider? other, System.Data.Common.DbConnection connection)
        {
            private readonly object _all = (transaction, tokenizer, other, connection);

            private async Task When(Dog.Registered e, EventHeader header, CancellationToken cancellationToken) => await Task.Delay(0, cancellationToken);

            private static void When(Dog.TrickAdded e)
            {
            }

            private ValueTask Reset(CancellationToken cancellationToken) => default;
        }
        """;

    private const string Plain = """
        namespace School;

        internal static partial class Outer
        {
            [Projection("plain")]
            internal sealed partial class Plain(System.Data.Common.DbTransaction transaction)
            {
                private void When(in Dog.Registered e, EventHeader header) => _ = transaction;

                private void Reset()
                {
                }
            }
        }
        """;

    private const string School = """
        namespace School;

        [EventSourcedApplication(typeof(Dog), typeof(Search), typeof(Outer.Plain))]
        internal sealed partial class TrainingSchool;
        """;

    [Fact]
    public void Handlers_with_services() => GeneratorRun.Of(Sources.Dog, Search, Plain, School).MatchesSnapshot("Search");

    [Fact]
    public void Handlers_without_services() => GeneratorRun.Of(Sources.Dog, Search, Plain, School).MatchesSnapshot("Plain");

    [Fact]
    public void Handlers_of_an_application() => GeneratorRun.Of(Sources.Dog, Search, Plain, School).MatchesSnapshot("TrainingSchool");

    [Fact]
    public void A_change_of_another_type_or_of_a_body_generates_nothing_again()
    {
        var run = GeneratorRun.Of(Sources.Dog, Search, Plain, School, "namespace School; public class Other;");
        var again = run.Edit(4, "namespace School; public class Other2;");
        Assert.All(again.Reasons(StepNames.HandlerClasses), reason => Assert.True(reason is IncrementalStepRunReason.Unchanged or IncrementalStepRunReason.Cached));
        Assert.All(run.Edit(1, Search.Replace("Delay(0", "Delay(1")).OutputReasons, reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.Contains(IncrementalStepRunReason.Modified, run.Edit(1, Search.Replace("ValueTask Reset", "Task Reset").Replace("=> default", "=> Task.CompletedTask").Replace("async Task When", "async ValueTask When")
            .Replace("Version = 2", "Version = 3")).OutputReasons);
    }

    [Fact]
    public void Handlers_of_a_referenced_assembly()
    {
        var library = GeneratorRun.Of(Sources.Dog, Search);
        var run = GeneratorRun.With([.. GeneratorRun.AllReferences, MetadataReference.CreateFromImage(library.Image())], School.Replace(", typeof(Outer.Plain)", ""));
        Assert.Empty(run.Errors);
        Assert.Contains(run.Files.Values, file => file.Contains("HandlerProjection<global::School.Search, ", StringComparison.Ordinal));
    }

    /// <summary>Forms that are correct, each with its application.</summary>
    [Theory]
    [InlineData("public partial class V { void When(Dog.Registered e) { } static void Reset() { } }")]
    [InlineData("public class B; partial class V : B { static async Task When(Dog.Registered e, CancellationToken c) => await Task.Yield(); Task Reset() => Task.CompletedTask; }")]
    [InlineData("sealed partial class @class(Npgsql.NpgsqlConnection a, Npgsql.NpgsqlTransaction b) { object x = (a, b); ValueTask When(Dog.Registered e, EventHeader h) => default; ValueTask Reset() => default; }")]
    [InlineData("partial class V { V(StoreTransaction<Guid> t, string? s = null, int n = 3, DateTime? d = null) { } void When(Dog.TrickAdded e) { } void Other() { } Task Reset(CancellationToken c) => Task.CompletedTask; }")]
    public void Correct_classes(string type)
    {
        var name = type.Contains("@class", StringComparison.Ordinal) ? "@class" : "V";
        var source = type.Replace("public class B; ", "", StringComparison.Ordinal);
        var run = GeneratorRun.InBuild(Sources.Dog, $"namespace School; public class B; [Projection(\"v\")] {source} [EventSourcedApplication(typeof(Dog), typeof({name}))] internal sealed partial class App;");
        Assert.Empty(run.Result.Diagnostics);
        Assert.Empty(run.Errors);
    }

    /// <summary>Each mistake is reported, with its reason.</summary>
    [Theory]
    [InlineData("public sealed class V { void When(Dog.Registered e) { } }", "ESG0001", "'V' must be partial")]
    [InlineData("public partial class V<T> { void When(Dog.Registered e) { } }", "ESG0002", "generic")]
    [InlineData("public abstract partial class V { void When(Dog.Registered e) { } }", "ESG0070", "it is abstract")]
    [InlineData("file partial class V { void When(Dog.Registered e) { } }", "ESG0070", "local to its file")]
    [InlineData("public partial class V { public required int N { get; init; } void When(Dog.Registered e) { } }", "ESG0070", "has a required member")]
    [InlineData("public partial class V { class ProjectionData; void When(Dog.Registered e) { } }", "ESG0028", "ProjectionData")]
    [InlineData("public partial class V { public V(int n) { } public V() { } void When(Dog.Registered e) { } }", "ESG0070", "more than one constructor")]
    [InlineData("public partial class V(in string s) { string t = s; void When(Dog.Registered e) { } }", "ESG0070", "by reference")]
    [InlineData("public partial class V(int n) { object o = n; void When(Dog.Registered e) { } }", "ESG0070", "takes 'n', and the value type 'int' can't be a service")]
    [InlineData("public partial class V { V(StoreTransaction<Guid> t, Guid id) { } void When(Dog.Registered e) { } }", "ESG0070", "the value type 'Guid' can't be a service: take a class that has the value")]
    [InlineData("public partial class V { V(CancellationToken c) { } void When(Dog.Registered e) { } }", "ESG0070", "take the CancellationToken in 'When' and 'Reset'")]
    [InlineData("public partial class V { V(DayOfWeek d) { } void When(Dog.Registered e) { } }", "ESG0070", "the value type 'DayOfWeek' can't be a service")]
    [InlineData("public partial class V { V((int, string) pair) { } void When(Dog.Registered e) { } }", "ESG0070", "the value type '(int, string)' can't be a service")]
    [InlineData("public partial class V { V(ReadOnlySpan<char> s = default) { } void When(Dog.Registered e) { } }", "ESG0070", "the value type 'ReadOnlySpan<char>' can't be a service")]
    [InlineData("public partial class V(StoreTransaction<string> t) { object o = t; void When(Dog.Registered e) { } }", "ESG0070", "take a 'StoreTransaction<Guid>'")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } void KeyOf(Dog.Registered e) { } }", "ESG0063", "is never called")]
    [InlineData("public partial class V { async void When(Dog.Registered e) => await Task.Yield(); }", "ESG0063", "'async void'")]
    [InlineData("public partial class V { V When(Dog.Registered e) => this; }", "ESG0063", "the columns of a view are those of a record")]
    [InlineData("public partial class V { Task<int> When(Dog.Registered e) => null!; }", "ESG0063", "must return Task")]
    [InlineData("public partial class V { void When() { } }", "ESG0063", "must take an event")]
    [InlineData("public partial class V { void When(Dog.Registered e, string s) { } }", "ESG0063", "take services in the constructor")]
    [InlineData("public partial class V { void When(Dog.Registered e, CancellationToken c, EventHeader h) { } }", "ESG0063", "must take an event")]
    [InlineData("public partial class V { void When<T>(Dog.Registered e) { } }", "ESG0063", "is generic")]
    [InlineData("public partial class V { void When(ref Dog.Registered e) { } }", "ESG0063", "by reference")]
    [InlineData("public partial class V { void When(string e) { } }", "ESG0063", "takes 'string', which isn't an event")]
    [InlineData("public partial class V { void When(Registered e) { } }", "ESG0063", "write the name of its aggregate before it")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } Task When(Dog.Registered e, EventHeader h) => null!; }", "ESG0063", "is the second for")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } void Reset(int n) { } }", "ESG0063", "may take a CancellationToken")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } void Reset() { } Task Reset(CancellationToken c) => null!; }", "ESG0063", "exists more than once")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } int Reset() => 1; }", "ESG0063", "must return Task")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } Task WhenAsync(Dog.TrickAdded e) => null!; }", "ESG0063", "name it 'When'")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } Task ResetAsync() => null!; }", "ESG0063", "name it 'Reset'")]
    [InlineData("public partial class V { void When(Dog.Registered e) { } Task<int> Reset() => null!; }", "ESG0063", "must return Task, ValueTask or void")]
    public void Mistakes(string type, string id, string reason)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, $"namespace School; [Projection(\"v\")] {type}");
        var diagnostic = Assert.Single(run.Result.Diagnostics.DistinctBy(d => d.Id));
        Assert.Equal(id, diagnostic.Id);
        Assert.Contains(reason, diagnostic.GetMessage(), StringComparison.Ordinal);
    }

    /// <summary>Mistakes of the attribute, and of an application that names the class.</summary>
    [Theory]
    [InlineData("[Projection(\"v\")] public partial class V { void When(Dog.Registered e) { } }", "ESG0070", "it has no method Reset")]
    [InlineData("public class B { void When(Dog.Registered e) { } } [Projection(\"v\")] public partial class V : B { void When(Dog.Registered e) { } void Reset() { } }", "ESG0070", "'B.When(Dog.Registered)' is never called")]
    [InlineData("[Projection(\"v\", Inline = true)] public partial class V { void When(Dog.Registered e) { } void Reset() { } }", "ESG0070", "handlers can't be Inline")]
    [InlineData("[Projection(\"V\")] public partial class V { void When(Dog.Registered e) { } }", "ESG0070", "lower-case letters")]
    [InlineData("[Projection(\"v\", Version = 0)] public partial class V { void When(Dog.Registered e) { } }", "ESG0070", "its Version must be at least 1")]
    [InlineData("[Projection(\"v\")] public partial class V { void When(Dog.Registered e) { } void Reset() { } } [Projection(\"v\")] public partial record W([property: Key] Guid Id) { static W When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } [EventSourcedApplication(typeof(Dog), typeof(V), typeof(W))] public partial class App;", "ESG0064", "The projections 'W' and 'V'")]
    [InlineData("[EventSourced] public partial class Cat { [Event(\"Adopted\")] public partial Cat(string name); private void Apply(Adopted e) { } } [Projection(\"v\")] public partial class V { void When(Dog.Registered e) { } void Reset() { } } [EventSourcedApplication(typeof(Cat), typeof(V))] public partial class App;", "ESG0065", "The projection 'V' handles 'School.Dog.Registered'")]
    public void Mistakes_of_attributes_and_applications(string source, string id, string reason)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, "namespace School; " + source);
        var diagnostic = Assert.Single(run.Result.Diagnostics.DistinctBy(d => d.Id));
        Assert.Equal(id, diagnostic.Id);
        Assert.Contains(reason, diagnostic.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Services_need_dependency_injection_and_contexts_need_their_package()
    {
        const string Service = "namespace School; public class Clock; [Projection(\"v\")] public partial class V(Clock c) { object o = c; void When(Dog.Registered e) { } void Reset() { } }";
        var run = GeneratorRun.Of(GeneratorRun.CoreReferences, [new EventSourcingGenerator()], ProjectOptions.Build, Sources.Dog, Service);
        Assert.Contains(run.Result.Diagnostics, d => d.Id == "ESG0070" && d.GetMessage().Contains("reference Microsoft.Extensions.DependencyInjection.Abstractions", StringComparison.Ordinal));

        const string Context = "namespace Microsoft.EntityFrameworkCore { public class DbContext; } namespace School { public class Db : Microsoft.EntityFrameworkCore.DbContext; [Projection(\"v\")] public partial class V(Db db) { object o = db; void When(Dog.Registered e) { } } }";
        run = GeneratorRun.InBuild(Sources.Dog, Context);
        Assert.Contains("EventSourcing.Generated.EntityFrameworkCore", Assert.Single(run.Result.Diagnostics).GetMessage(), StringComparison.Ordinal);
    }
}
