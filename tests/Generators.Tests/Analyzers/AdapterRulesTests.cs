using EventSourcing.Generators.Tests.Testing;
using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0034 and ESG0035: members of the user that the application has to call. ESG0060: settings of the application's tables.</summary>
public sealed class AdapterRulesTests
{
    [Theory]
    [InlineData("static StoreSession<Guid>? Current => null;")]
    [InlineData("static StoreSession<Guid>? Current { get; set; }")]
    [InlineData("static StoreSession<Guid> Current() => new();")]
    [InlineData("static System.Data.Common.DbTransaction? Current => null;")]
    [InlineData("static Microsoft.Data.Sqlite.SqliteTransaction? Current() => null;")]
    [InlineData("static StoreSession<Guid>? Current(int number) => null; internal static StoreSession<Guid>? Current() => null;")]
    public Task An_adapter_that_fits(string member) => Analysis.Verify(Dog(), $$"""
        internal static class Adapter { internal {{member}} }
        [EventSourcedApplication(typeof(Dog)), ScopedSession(typeof(Adapter))] public sealed partial class TrainingSchool;
        """);

    [Theory]
    [InlineData("public static class Adapter;")]
    [InlineData("public static class Adapter { private static StoreSession<Guid>? Current => null; public static object? Use => Current; }")]
    [InlineData("public static class Adapter { private static StoreSession<Guid>? Current() => null; public static object? Use => Current(); }")]
    [InlineData("public static class Adapter { public static StoreSession<Guid>? Current { private get; set; } public static object? Use => Current; }")]
    [InlineData("public sealed class Adapter { public StoreSession<Guid>? Current => null; }")]
    [InlineData("public static class Adapter { public static StoreSession<string>? Current => null; }")]
    [InlineData("public static class Adapter { public static StoreSession? Current => null; }")]
    [InlineData("public static class Adapter { public static object? Current => null; }")]
    [InlineData("public static class Adapter { public static Task<StoreSession<Guid>> Current() => Task.FromResult(new StoreSession<Guid>()); }")]
    [InlineData("public static class Adapter { public static StoreSession<Guid>? Current(int number) => null; }")]
    [InlineData("public static class Adapter { public static T? Current<T>() where T : class => null; }")]
    [InlineData("public static class Adapter { public const string Current = \"\"; }")]
    public Task An_adapter_that_does_not_fit(string adapter) => Analysis.Verify(Dog(), $$"""
        {{adapter}}
        [EventSourcedApplication(typeof(Dog)), ScopedSession({|ESG0034:typeof(Adapter)|})] public sealed partial class TrainingSchool;
        """);

    [Fact]
    public async Task The_member_of_an_adapter_may_be_inherited()
    {
        await Analysis.Verify(Dog(), """
            public abstract class Sessions { public static StoreSession<Guid>? Current => null; }
            public sealed class Adapter : Sessions;
            [EventSourcedApplication(typeof(Dog)), ScopedSession(typeof(Adapter))] public sealed partial class TrainingSchool;
            """);
        await Analysis.Verify(Dog(), """
            public static class Adapter<T> { public static StoreSession<Guid>? Current => null; }
            [EventSourcedApplication(typeof(Dog)), ScopedSession({|ESG0034:typeof(Adapter<>)|})] public sealed partial class TrainingSchool;
            """);
    }

    [Theory]
    [InlineData("public static NpgsqlConnection Create() => new();")]
    [InlineData("internal static Task<NpgsqlConnection> Create() => Task.FromResult(new NpgsqlConnection());")]
    [InlineData("public static ValueTask<NpgsqlConnection> Create(CancellationToken token = default) => new(new NpgsqlConnection());")]
    [InlineData("public static NpgsqlDataSource Create() => NpgsqlDataSource.Create(\"Host=db\");")]
    [InlineData("public static ValueTask<NpgsqlDataSource> Create(CancellationToken token) => new(NpgsqlDataSource.Create(\"Host=db\"));")]
    [InlineData("public static SqliteConnection Create() => new();")]
    public Task A_creator_that_fits(string method) => Analysis.Verify(Dog(), Creator(method, "[ConnectionCreator(typeof(Creator), nameof(Creator.Create))]"));

    [Theory]
    [InlineData("public static object Create() => new();")]
    [InlineData("public static void Create() { }")]
    [InlineData("public static System.Data.Common.DbConnection Create() => new NpgsqlConnection();")]
    [InlineData("public static NpgsqlConnection? Create() => null;")]
    [InlineData("public static Task<NpgsqlConnection?> Create() => Task.FromResult<NpgsqlConnection?>(null);")]
    [InlineData("public static NpgsqlConnection Create(string password) => new(password);")]
    [InlineData("public static NpgsqlConnection Create(in CancellationToken token) => new();")]
    [InlineData("public NpgsqlConnection Create() => new();")]
    [InlineData("public static NpgsqlConnection Create<T>() => new();")]
    [InlineData("public static NpgsqlConnection Create() => new(); public static NpgsqlConnection Create(CancellationToken token) => new();")]
    [InlineData("public static NpgsqlConnection Create => new();")]
    [InlineData("public static ValueTask<SqliteConnection> Create() => new(new SqliteConnection());")]
    [InlineData("public static SqliteConnection Create(CancellationToken token) => new();")]
    public Task A_creator_that_does_not_fit(string method) => Analysis.Verify(Dog(), Creator(method, "[ConnectionCreator(typeof(Creator), {|ESG0035:nameof(Creator.Create)|})]"));

    [Fact]
    public async Task A_creator_must_exist_and_be_the_only_one_for_its_provider()
    {
        await Analysis.Verify(Dog(), Creator("", "[ConnectionCreator(typeof(Creator), {|ESG0035:\"Create\"|})]"));
        await Analysis.Verify(Dog(), Creator(
            "private static NpgsqlConnection Create() => new(); public static object Use() => Create();", "[ConnectionCreator(typeof(Creator), {|ESG0035:\"Create\"|})]"));
        await Analysis.Verify(Dog(), Creator("", "[ConnectionCreator({|ESG0035:typeof(List<>)|}, \"Create\")]"));
        await Analysis.Verify(Dog(), Creator("public static NpgsqlConnection Create() => new(); public static NpgsqlDataSource Other() => NpgsqlDataSource.Create(\"\"); public static SqliteConnection Third() => new();",
            "[ConnectionCreator(typeof(Creator), nameof(Creator.Create)), ConnectionCreator(typeof(Creator), {|ESG0035:nameof(Creator.Other)|}), ConnectionCreator(typeof(Creator), nameof(Creator.Third))]"));
    }

    [Fact]
    public async Task The_provider_of_a_creator_must_be_referenced()
    {
        const string Sqlite = "public static Microsoft.Data.Sqlite.SqliteConnection Create() => new();";
        const string Npgsql = "public static Npgsql.NpgsqlConnection Create() => new();";
        var withoutSqlite = GeneratorRun.AllReferences.Where(r => !r.Display!.Contains("EventSourcing.Generated.Sqlite", StringComparison.Ordinal));
        var withoutPostgreSql = GeneratorRun.AllReferences.Where(r => !r.Display!.Contains("EventSourcing.Generated.PostgreSql", StringComparison.Ordinal));
        foreach (var (references, method) in new[] { (withoutSqlite, Sqlite), (withoutPostgreSql, Npgsql) })
        {
            await Analysis.Verify(references, Dog(), $$"""
                public static class Creator { {{method}} }
                [EventSourcedApplication(typeof(Dog)), ConnectionCreator(typeof(Creator), {|ESG0035:nameof(Creator.Create)|})] public sealed partial class TrainingSchool;
                """);
        }
    }

    [Fact]
    public Task The_attributes_are_reported_on_a_class_that_is_no_application() => Analysis.Verify("""
        [{|ESG0034:ScopedSession(typeof(School))|}, {|ESG0035:ConnectionCreator(typeof(School), "Create")|}]
        public sealed class School;
        """);

    [Theory]
    [InlineData("[{|ESG0060:PostgreSqlTables|}] public sealed class School;")]
    [InlineData("[{|ESG0060:PostgreSqlTables(Schema = \"pg_school\")|}] public sealed class School;")]
    [InlineData("[EventSourced, {|ESG0060:PostgreSqlTables(NotifyInTransaction = true)|}] public abstract partial class Animal;")]
    [InlineData("[EventSourcedApplication] public partial class School; [{|ESG0060:PostgreSqlTables|}] public static class Tables;")]
    public Task Settings_of_tables_are_reported_on_a_class_that_is_no_application(string source) => Analysis.Verify($"using EventSourcing.PostgreSql;\n{source}");

    [Theory]
    [InlineData("[EventSourcedApplication, PostgreSqlTables] public sealed partial class School;")]
    [InlineData("[PostgreSqlTables(Schema = \"school\")] public sealed partial class School; [EventSourcedApplication] partial class School;")]
    public Task Settings_of_tables_are_not_reported_on_an_application(string source) => Analysis.Verify($"using EventSourcing.PostgreSql;\n{source}");

    private static string Creator(string members, string attributes) => $$"""
        using Microsoft.Data.Sqlite;
        using Npgsql;

        public sealed class Creator
        {
            public static readonly Type[] Known = [typeof(SqliteConnection), typeof(NpgsqlConnection)];
            {{members}}
        }

        {{attributes}}
        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class TrainingSchool;
        """;
}
