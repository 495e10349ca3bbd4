using EventSourcing.Generators.Tests.Testing;
using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0018 and ESG0019: which aggregates an application can save, and where.</summary>
public sealed class ApplicationRulesTests
{
    [Theory]
    [InlineData("await SaveAsync({|ESG0018:cat|});")]
    [InlineData("await SaveAsync({|ESG0018:cat|}, new EventMetadata());")]
    [InlineData("await SaveAsync([dog, {|ESG0018:cat|}]);")]
    [InlineData("await SaveAsync(new IAggregate<Guid>[] { dog, {|ESG0018:cat|} });")]
    [InlineData("await SaveAsync(new List<IAggregate<Guid>> { dog, {|ESG0018:cat|} });")]
    [InlineData("Cat[] cats = [cat]; await SaveAsync({|ESG0018:cats|});")]
    [InlineData("Cat[] cats = [cat]; await SaveAsync([dog, .. {|ESG0018:cats|}]);")]
    [InlineData("await SaveAsync(dog.Name == \"\" ? dog : {|ESG0018:cat|});")]
    [InlineData("await Repository.GetAsync<{|ESG0018:Cat|}>(dog.Id);")]
    [InlineData("await Repository.GetAsync<{|ESG0018:Cat|}>(dog.Id, version: 1);")]
    [InlineData("await Repository.TryGetAsync<{|ESG0018:Cat|}>(dog.Id);")]
    [InlineData("await Repository.ExistsAsync<{|ESG0018:Cat|}>(dog.Id);")]
    [InlineData("await RetryOnConflictAsync<{|ESG0018:Cat|}>(dog.Id, c => { });")]
    [InlineData("await SaveAsync([{|ESG0018:cat|}, cat]);")]
    [InlineData("List<Cat> cats = [cat]; await SaveAsync({|ESG0018:cats|});")]
    [InlineData("await {|ESG0018:RetryOnConflictAsync(dog.Id, (Cat c) => { })|};")]
    [InlineData("await SaveAsync(dog); await SaveAsync([dog, dog]); await Repository.GetAsync<Dog>(dog.Id);")]
    [InlineData("await RetryOnConflictAsync<Cat>(_ => new(cat));")] // returns a cat, and saves none
    [InlineData("IAggregate<Guid> any = cat; await SaveAsync(any);")] // known only at run time
    public Task An_aggregate_that_is_not_registered_is_reported_where_it_is_used(string statement) =>
        Analysis.Verify(Dog(), Cat, School($"public async Task DoAsync(Dog dog, Cat cat) {{ {statement} await Task.CompletedTask; }}"));

    [Fact]
    public Task An_aggregate_that_is_not_registered_is_reported_outside_the_application_too() => Analysis.Verify(Dog(), Cat, School(), """
        public static class Program
        {
            public static async Task Run(TrainingSchool school) => await school.SaveAsync({|ESG0018:new Cat("Tom")|});
            public static async Task<Cat> Get(TrainingSchool school, Guid id) => await school.Repository.GetAsync<{|ESG0018:Cat|}>(id);
            public static async Task SaveAsync(Cat cat) => await SaveAsync(cat);
        }
        """);

    [Fact]
    public async Task An_aggregate_that_may_be_registered_is_not_reported()
    {
        await Analysis.Verify(Dog(), Cat, "[EventSourcedApplication(typeof(Dog), typeof({|CS0246:Missing|}))] public sealed partial class TrainingSchool { public async Task DoAsync(Cat cat) => await SaveAsync(cat); }");
        await Analysis.Verify(Dog(), "[EventSourced] public abstract partial class Animal;", School("public async Task DoAsync(Animal animal) => await SaveAsync(animal);"));
    }

    [Fact]
    public Task An_application_without_a_provider_causes_a_warning() =>
        Analysis.Verify(GeneratorRun.CoreReferences, Dog(), School().Replace("TrainingSchool", "{|ESG0019:TrainingSchool|}", StringComparison.Ordinal));

    [Fact]
    public async Task An_application_with_a_provider_causes_no_warning()
    {
        await Analysis.Verify(GeneratorRun.SqliteReferences, Dog(), School());
        await Analysis.Verify(GeneratorRun.PostgreSqlReferences, Dog(), School());
    }

    /// <summary>PostgreSQL truncates longer names, so two names could become the same.</summary>
    [Theory]
    [InlineData(42, "EventSourcedApplication(TablePrefix = \"*\")")]
    [InlineData(43, "{|ESG0031:EventSourcedApplication(TablePrefix = \"*\")|}")]
    [InlineData(63, "EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables(Schema = \"*\")")]
    [InlineData(64, "EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables({|ESG0033:Schema = \"*\"|})")]
    public Task Prefixes_and_schemas_have_a_maximum_length(int length, string attributes) =>
        Analysis.Verify($"[{attributes.Replace("*", new string('z', length), StringComparison.Ordinal)}] public sealed partial class TrainingSchool;");

    [Theory]
    [InlineData("[EventSourcedApplication] public sealed class {|ESG0001:TrainingSchool|};")]
    [InlineData("[EventSourcedApplication] public sealed partial class {|ESG0002:TrainingSchool|}<T>;")]
    [InlineData("[EventSourcedApplication] public sealed partial record {|ESG0003:TrainingSchool|};")]
    [InlineData("[EventSourcedApplication] public abstract partial class {|ESG0003:TrainingSchool|};")]
    [InlineData("[EventSourcedApplication] public static partial class {|ESG0003:TrainingSchool|};")]
    [InlineData("[EventSourcedApplication] public sealed partial class TrainingSchool { public TrainingSchool(ApplicationContext context) : base(context) { } public {|ESG0026:TrainingSchool|}(ApplicationContext context, Dog dog) : base(context) { } }")]
    [InlineData("[EventSourcedApplication] public sealed partial class TrainingSchool { public {|ESG0026:TrainingSchool|}(string name) { } }")]
    [InlineData("[EventSourcedApplication] public sealed partial class TrainingSchool { public class {|ESG0028:PostgreSqlRecorder|}; public int {|ESG0028:SchemaSql|} { get; set; } }")]
    [InlineData("[EventSourcedApplication] public sealed partial class TrainingSchool { public int {|ESG0028:Repository|} { get; set; } }")]
    [InlineData("[{|ESG0031:EventSourcedApplication(TablePrefix = \"a-b\")|}] public sealed partial class TrainingSchool;")]
    [InlineData("[{|ESG0031:EventSourcedApplication(TablePrefix = \"1a\")|}] public sealed partial class TrainingSchool;")]
    [InlineData("[{|ESG0031:EventSourcedApplication(TablePrefix = \"\")|}] public sealed partial class TrainingSchool;")]
    [InlineData("[{|ESG0031:EventSourcedApplication|}] public sealed partial class Schüler;")]
    [InlineData("[EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables({|ESG0033:Schema = \"pg_school\"|})] public sealed partial class TrainingSchool;")]
    [InlineData("[EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables({|ESG0033:Schema = \"my school\"|}, NotifyInTransaction = true)] public sealed partial class TrainingSchool;")]
    [InlineData("[EventSourcedApplication] public sealed partial class TrainingSchool; [EventSourcing.PostgreSql.PostgreSqlTables(NotifyInTransaction = true, {|ESG0033:Schema = \"\"|})] partial class TrainingSchool;")]
    [InlineData("[EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables(Schema = \"School\", NotifyInTransaction = true)] public sealed partial class TrainingSchool;")]
    [InlineData("[EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables(Schema = null)] public sealed partial class TrainingSchool;")]
    [InlineData("[EventSourcedApplication(TablePrefix = \"_a1\")] public sealed partial class TrainingSchool;")]
    [InlineData("[EventSourcedApplication(typeof(Dog), {|ESG0017:typeof(string)|})] public sealed partial class TrainingSchool;")]
    [InlineData("[EventSourced] public abstract partial class Animal; [EventSourcedApplication({|ESG0017:typeof(Animal)|})] public sealed partial class TrainingSchool;")]
    public Task Mistakes_that_the_generator_refuses(string source) => Analysis.Verify(source, Dog());
}
