using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Applications;

/// <summary>The code generated for applications.</summary>
public class ApplicationTests
{
    [Fact]
    public void Memory_only() =>
        GeneratorRun.With(GeneratorRun.CoreReferences, Sources.Dog, Sources.School).MatchesSnapshot("TrainingSchool");

    [Fact]
    public void Sqlite_and_dependency_injection() =>
        GeneratorRun.With(GeneratorRun.SqliteReferences, Sources.Dog, Sources.School).MatchesSnapshot("TrainingSchool");

    [Fact]
    public void PostgreSql_and_dependency_injection() =>
        GeneratorRun.With(GeneratorRun.PostgreSqlReferences, Sources.Dog, Sources.School).MatchesSnapshot("TrainingSchool");

    [Fact]
    public void Several_types_of_ids() => GeneratorRun.Of(Sources.Dog, """
        namespace School;

        public readonly record struct CourseId(Guid Value);

        [EventSourced]
        public sealed partial class Course
        {
            [Event("Planned")]
            public partial Course(CourseId id);
        }

        [EventSourcedApplication(typeof(Dog), typeof(Course), TablePrefix = "Academy", CreateTables = false), EventSourcing.PostgreSql.PostgreSqlTables(Schema = "Teaching", NotifyInTransaction = true)]
        internal sealed partial class TrainingSchool;
        """).MatchesSnapshot("TrainingSchool");

    [Fact]
    public void String_keys() => GeneratorRun.Of("""
        namespace Shop;

        [EventSourced]
        public sealed partial class Customer
        {
            [Event("Added")]
            public partial Customer(string id);
        }

        [EventSourcedApplication(typeof(Customer))]
        public sealed partial class WebShop;
        """).MatchesSnapshot("WebShop");

    [Fact]
    public void Constructor_with_services() => GeneratorRun.Of(Sources.Dog, """
        namespace School;

        public interface IMailer;

        public static partial class Host
        {
            [EventSourcedApplication(typeof(Dog))]
            public sealed partial class TrainingSchool(ApplicationContext context, IMailer mailer) : EventSourcedApplication<Guid>(context)
            {
                public IMailer Mailer => mailer;
                public TimeProvider Time { get; } = context.Options.TimeProvider;
            }
        }
        """).MatchesSnapshot("TrainingSchool");

    /// <summary>A service is requested as the framework would do it: by its key, and as required only if it must exist.</summary>
    [Theory]
    [InlineData("IMailer mailer", "ServiceProviderServiceExtensions.GetRequiredService<global::School.IMailer>(services)")]
    [InlineData("IMailer? mailer", "ServiceProviderServiceExtensions.GetService<global::School.IMailer>(services)")]
    [InlineData("IMailer? mailer = null", "ServiceProviderServiceExtensions.GetService<global::School.IMailer>(services)")]
    [InlineData("[FromKeyedServices(null)] IMailer mailer", "ServiceProviderServiceExtensions.GetRequiredService<global::School.IMailer>(services)")]
    [InlineData("[FromKeyedServices(\"fast\")] IMailer mailer", "ServiceProviderKeyedServiceExtensions.GetRequiredKeyedService<global::School.IMailer>(services, (string)\"fast\")")]
    [InlineData("[FromKeyedServices((byte)1)] IMailer? mailer", "ServiceProviderKeyedServiceExtensions.GetKeyedService<global::School.IMailer>(services, (byte)(byte)1)")]
    [InlineData("[FromKeyedServices(typeof(int))] IMailer mailer", "ServiceProviderKeyedServiceExtensions.GetRequiredKeyedService<global::School.IMailer>(services, typeof(int))")]
    [InlineData("[FromKeyedServices(DayOfWeek.Friday)] IMailer mailer", "ServiceProviderKeyedServiceExtensions.GetRequiredKeyedService<global::School.IMailer>(services, (__sys::DayOfWeek)__sys::DayOfWeek.Friday)")]
    [InlineData("int limit", "ServiceProviderServiceExtensions.GetRequiredService<int>(services)")]
    [InlineData("int limit = 3", "services.GetService(typeof(int)) is int given0 ? given0 : (int)3")]
    [InlineData("int? limit", "services.GetService(typeof(int)) is int given0 ? given0 : (int?)null")]
    [InlineData("string name = \"x\"", "services.GetService(typeof(string)) is string given0 ? given0 : (string)\"x\"")]
    [InlineData("[FromKeyedServices(\"fast\")] int? limit", "ServiceProviderKeyedServiceExtensions.GetKeyedService(services, typeof(int), (string)\"fast\") is int given0 ? given0 : (int?)null")]
    public void Services_of_all_kinds(string parameter, string argument)
    {
        var run = GeneratorRun.Of(Sources.Dog, WithService(parameter));
        Assert.Empty(run.Errors);
        Assert.Contains(run.Files.Values, f => f.Contains(argument, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[ServiceKey] string key", "takes its service key as 'key', but an application is registered without a key")]
    [InlineData("[FromKeyedServices] IMailer mailer", "takes 'mailer' by a service key that isn't specified: specify the key with [FromKeyedServices(\"…\")]")]
    [InlineData("in int limit", "takes a parameter by reference; take it by value")]
    public void Services_that_can_not_be_resolved(string parameter, string reason)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, WithService(parameter));
        Assert.Equal($"'TrainingSchool' {reason}", Assert.Single(run.Result.Diagnostics).GetMessage());
    }

    private static string WithService(string parameter) => $$"""
        using Microsoft.Extensions.DependencyInjection;

        namespace School;

        public interface IMailer;

        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class TrainingSchool
        {
            public TrainingSchool(ApplicationContext context, {{parameter}}) : base(context) { }
        }
        """;

    [Fact]
    public void Aggregates_in_another_assembly()
    {
        var library = GeneratorRun.With(GeneratorRun.CoreReferences, Sources.Dog, """
            namespace School;

            [EventSourced]
            public abstract partial class Animal
            {
                [Event("Renamed")]
                public partial void Rename(string name);
            }

            [EventSourced]
            public sealed partial class Cat : Animal
            {
                [Event("Found")]
                public partial Cat();
            }
            """).Image();
        IEnumerable<MetadataReference> references = [.. GeneratorRun.CoreReferences, MetadataReference.CreateFromImage(library)];

        var application = GeneratorRun.With(references, """
            namespace School;

            [EventSourced]
            public sealed partial class Bird : Animal
            {
                [Event("Hatched")]
                public partial Bird();
            }

            [EventSourcedApplication(typeof(Dog), typeof(Cat), typeof(Bird))]
            public sealed partial class TrainingSchool;
            """);

        application.MatchesSnapshot();
    }

    [Fact]
    public void Topics_of_two_aggregates_that_begin_the_same() => GeneratorRun.With(GeneratorRun.CoreReferences, Sources.Dog, """
        namespace School;

        [EventSourced]
        public sealed partial class Cat
        {
            [Event("Found", FormerTopics = ["animals.Found", "cat-found"])]
            public partial Cat();
        }

        [EventSourced(FormerTopics = ["Birds"])]
        public sealed partial class Bird
        {
            [Event("Hatched", FormerTopics = ["animals.Hatched"])]
            public partial Bird();

            [Event("Sang")]
            public partial void Sing();
        }

        [EventSourcedApplication(typeof(Dog), typeof(Cat), typeof(Bird))]
        public sealed partial class TrainingSchool;
        """).MatchesSnapshot("TrainingSchool");

    [Fact]
    public void Scoped_session_and_no_autoflush() => GeneratorRun.With(GeneratorRun.CoreReferences, Sources.Dog, """
        namespace School;

        public static class Sessions
        {
            public static StoreSession<Guid>? Current => null;
        }

        [EventSourcedApplication(typeof(Dog), AutoFlush = false)]
        [ScopedSession(typeof(Sessions))]
        public sealed partial class TrainingSchool;
        """).MatchesSnapshot("TrainingSchool");

    [Theory]
    [InlineData("public static NpgsqlConnection CreateAsync() => new();", "OfConnections(static _ => new __sys::Threading.Tasks.ValueTask<global::Npgsql.NpgsqlConnection>(global::School.Creator.CreateAsync()))")]
    [InlineData("public static Task<NpgsqlConnection> CreateAsync(CancellationToken token) => throw new NotSupportedException();", "OfConnections(static cancellationToken => new __sys::Threading.Tasks.ValueTask<global::Npgsql.NpgsqlConnection>(global::School.Creator.CreateAsync(cancellationToken)))")]
    [InlineData("public static ValueTask<NpgsqlConnection> CreateAsync(CancellationToken token) => default;", "OfConnections(static cancellationToken => global::School.Creator.CreateAsync(cancellationToken))")]
    [InlineData("public static NpgsqlDataSource CreateAsync() => NpgsqlDataSource.Create(\"\");", "OfDataSource(static _ => new __sys::Threading.Tasks.ValueTask<global::Npgsql.NpgsqlDataSource>(global::School.Creator.CreateAsync()))")]
    [InlineData("public static Task<NpgsqlDataSource> CreateAsync() => throw new NotSupportedException();", "OfDataSource(static _ => new __sys::Threading.Tasks.ValueTask<global::Npgsql.NpgsqlDataSource>(global::School.Creator.CreateAsync()))")]
    public void Creators_of_all_shapes(string method, string function)
    {
        var run = GeneratorRun.Of(Sources.Dog, $$"""
            using Npgsql;

            namespace School;

            public static class Creator
            {
                {{method}}
            }

            [EventSourcedApplication(typeof(Dog))]
            [ConnectionCreator(typeof(Creator), nameof(Creator.CreateAsync))]
            public sealed partial class TrainingSchool;
            """);
        run.Image();
        Assert.Contains($": base(url, options, EventsSql, __es::PostgreSql.PostgreSqlConnectionCreator.{function})", run.Files["School.TrainingSchool.PostgreSql.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void Creators_for_both_providers() => GeneratorRun.Of(Sources.Dog, """
        namespace School;

        public static class Connections
        {
            public static ValueTask<Npgsql.NpgsqlConnection> CreateAsync(CancellationToken cancellationToken) => new(new Npgsql.NpgsqlConnection());

            public static Microsoft.Data.Sqlite.SqliteConnection Create() => new();
        }

        [EventSourcedApplication(typeof(Dog))]
        [ConnectionCreator(typeof(Connections), nameof(Connections.CreateAsync))]
        [ConnectionCreator(typeof(Connections), nameof(Connections.Create))]
        public sealed partial class TrainingSchool;
        """).MatchesSnapshot("Sql");

    /// <summary>The class that registers an application can't be more accessible than the application.</summary>
    [Theory]
    [InlineData("public", "public static class Mall_ShopServiceCollectionExtensions")]
    [InlineData("internal", "internal static class Mall_ShopServiceCollectionExtensions")]
    [InlineData("protected internal", "internal static class Mall_ShopServiceCollectionExtensions")]
    [InlineData("private", null)]
    [InlineData("private protected", null)]
    public void An_application_inside_a_class(string accessibility, string? extensions)
    {
        var run = GeneratorRun.Of($"public partial class Mall {{ [EventSourcedApplication] {accessibility} sealed partial class Shop; }}");
        Assert.Empty(run.Errors);
        Assert.Equal(extensions is not null, run.Files.TryGetValue("Mall+Shop.DependencyInjection.g.cs", out var code));
        Assert.Contains(extensions ?? "", code ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void An_application_without_aggregates_compiles() => GeneratorRun.Of("""
        [EventSourcedApplication]
        public sealed partial class Nothing;
        """).Image();
}
