using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Registrations;

/// <summary>What is generated for applications.</summary>
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

        [EventSourcedApplication(typeof(Dog), typeof(Course), TablePrefix = "Academy", Schema = "Teaching", CreateTables = false, NotifyInTransaction = true)]
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
            public sealed partial class TrainingSchool(ApplicationContext context, IMailer mailer)
            {
                public IMailer Mailer => mailer;
                public TimeProvider Time => context.Options.TimeProvider;
            }
        }
        """).MatchesSnapshot("TrainingSchool");

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
    public void An_application_without_aggregates_compiles() => GeneratorRun.Of("""
        [EventSourcedApplication]
        public sealed partial class Nothing;
        """).Image();
}
