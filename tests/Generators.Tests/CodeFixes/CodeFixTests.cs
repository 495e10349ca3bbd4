using EventSourcing.Generators.CodeFixes;
using Xunit;

namespace EventSourcing.Generators.Tests.CodeFixes;

/// <summary>Each fix turns a wrong program into a correct one, with the layout of handwritten code.</summary>
public sealed class CodeFixTests
{
    [Fact]
    public Task ESG0001_adds_partial_after_the_other_modifiers() => Fixing.Verify<MakePartialCodeFix>("ESG0001", Dog("""
        // An animal.
        [EventSourced]
        public sealed class Dog
        """, ""), Dog("""
        // An animal.
        [EventSourced]
        public sealed partial class Dog
        """, ""));

    [Fact]
    public Task ESG0001_adds_partial_where_there_is_no_modifier() => Fixing.Verify<MakePartialCodeFix>("ESG0001", Dog("""
        // An animal.
        [EventSourced] class Dog
        """, ""), Dog("""
        // An animal.
        [EventSourced] partial class Dog
        """, ""));

    [Fact]
    public Task ESG0001_adds_partial_to_the_containing_class() => Fixing.Verify<MakePartialCodeFix>("ESG0001", $$"""
        // The place.
        public class Kennel
        {
        {{Dog()}}
        }
        """, $$"""
        // The place.
        public partial class Kennel
        {
        {{Dog()}}
        }
        """);

    [Fact]
    public Task ESG0014_puts_the_event_before_the_header() => Fixing.Verify<CorrectApplyCodeFix>("ESG0014", Dog("""

            [Event("Sold")]
            public partial void Sell(string owner);
            private void Apply(EventHeader header, Sold e) => _ = (e.Owner, header.Timestamp);
        """), Dog("""

            [Event("Sold")]
            public partial void Sell(string owner);
            private void Apply(Sold e, EventHeader header) => _ = (e.Owner, header.Timestamp);
        """));

    [Fact]
    public Task ESG0047_adds_the_attribute() => Fixing.Verify<AddEventCodeFix>("ESG0047", Dog("""

            // It has an owner then.
            public partial void Sell(string owner);
            private void Apply(Sold e) => _ = e.Owner;
        """), Dog("""

            // It has an owner then.
            [Event("Sold")]
            public partial void Sell(string owner);
            private void Apply(Sold e) => _ = e.Owner;
        """));

    [Fact]
    public Task ESG0004_moves_a_body_into_an_Apply() => Fixing.Verify<MakeEventMemberPartialCodeFix>("ESG0004", Dog("""

            public List<string> Tricks { get; } = [];

            // Teaches it.
            [Event("TrickAdded")]
            public void AddTrick(string trick, int times = 1)
            {
                // As often as it takes.
                for (var i = 0; i < times; i++)
                    Tricks.Add(trick);
            }

            public int Count => Tricks.Count;
        """), Dog("""

            public List<string> Tricks { get; } = [];

            // Teaches it.
            [Event("TrickAdded")]
            public partial void AddTrick(string trick, int times = 1);
            private void Apply(TrickAdded e)
            {
                // As often as it takes.
                for (var i = 0; i < e.Times; i++)
                    Tricks.Add(e.Trick);
            }

            public int Count => Tricks.Count;
        """));

    [Fact]
    public Task ESG0004_moves_an_expression_and_reads_the_time_from_the_header() => Fixing.Verify<MakeEventMemberPartialCodeFix>("ESG0004", Dog("""
            public string Owner { get; private set; } = "";

            [Event("Sold", TypeName = "SoldEvent")]
            public void Sell(string owner, DateTimeOffset timestamp) => Owner = owner + timestamp;
        """), Dog("""
            public string Owner { get; private set; } = "";

            [Event("Sold", TypeName = "SoldEvent")]
            public partial void Sell(string owner, DateTimeOffset timestamp);
            private void Apply(SoldEvent e, EventHeader header) => Owner = e.Owner + header.Timestamp;
        """));

    [Fact]
    public Task ESG0004_makes_a_constructor_partial() => Fixing.Verify<MakeEventMemberPartialCodeFix>("ESG0004", """
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public Dog(string name)
            {
                Name = name;
            }

            public string Name { get; private set; } = "";
        }
        """, """
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e)
            {
                Name = e.Name;
            }

            public string Name { get; private set; } = "";
        }
        """);

    [Fact]
    public Task ESG0004_makes_a_record_partial() => Fixing.Verify<MakeEventMemberPartialCodeFix>("ESG0004", Dog("""
            [Event("Renamed")]
            public sealed record Renamed(string Name);
            private void Apply(Renamed e) => Name = e.Name;
        """), Dog("""
            [Event("Renamed")]
            public sealed partial record Renamed(string Name);
            private void Apply(Renamed e) => Name = e.Name;
        """));

    [Theory]
    [InlineData("public void AddTrick(string trick) { trick = trick.Trim(); Tricks.Add(trick); }")] // fields can't be assigned
    [InlineData("public void AddTrick(string trick) => Tricks.Add(trick); private void Apply(TrickAdded e) { }")] // an Apply exists already
    public async Task ESG0004_offers_nothing_where_the_user_has_to_decide(string member) => Assert.Empty(
        await Fixing.Offers<MakeEventMemberPartialCodeFix>("ESG0004", Dog($"public List<string> Tricks {{ get; }} = []; [Event(\"TrickAdded\")] {member}")));

    [Fact]
    public Task ESG0005_returns_nothing() => Fixing.Verify<ReturnVoidCodeFix>("ESG0005", Dog("""
            [Event("Renamed")]
            public partial bool Rename(string name);
            private void Apply(Renamed e) => Name = e.Name;
        """), Dog("""
            [Event("Renamed")]
            public partial void Rename(string name);
            private void Apply(Renamed e) => Name = e.Name;
        """));

    [Fact]
    public async Task ESG0005_offers_nothing_for_other_faults() => Assert.Empty(
        await Fixing.Offers<ReturnVoidCodeFix>("ESG0005", Dog("[Event(\"Renamed\")] public partial bool Rename(ref string name);")));

    [Fact]
    public Task ESG0009_names_the_type_and_its_Apply_follows() => Fixing.Verify<NameEventTypeCodeFix>("ESG0009", Dog("""
            public bool Adopted { get; private set; }

            [Event("Adopted")]
            public partial void Adopt(string owner);
            private void Apply(Adopted e) => Adopted = e.Owner.Length > 0;
        """), Dog("""
            public bool Adopted { get; private set; }

            [Event("Adopted", TypeName = "AdoptedEvent")]
            public partial void Adopt(string owner);
            private void Apply(AdoptedEvent e) => Adopted = e.Owner.Length > 0;
        """));

    [Fact]
    public Task ESG0012_sets_the_property_of_the_same_name() => Fixing.Verify<AddApplyCodeFix>("ESG0012", Dog("""
            [Event("Renamed")]
            public partial void Rename(string name);

            public int Age { get; private set; }
        """), Dog("""
            [Event("Renamed")]
            public partial void Rename(string name);
            private void Apply(Renamed e) => Name = e.Name;

            public int Age { get; private set; }
        """));

    [Fact]
    public Task ESG0012_sets_all_properties_that_fit() => Fixing.Verify<AddApplyCodeFix>("ESG0012", Dog("""
            [Event("Described")]
            public partial void Describe(string name, int age, string colour);

            public int Age { get; private set; }
        """), Dog("""
            [Event("Described")]
            public partial void Describe(string name, int age, string colour);
            private void Apply(Described e)
            {
                Name = e.Name;
                Age = e.Age;
            }

            public int Age { get; private set; }
        """));

    [Fact]
    public Task ESG0012_leaves_the_body_empty_where_nothing_fits() => Fixing.Verify<AddApplyCodeFix>("ESG0012", Dog("""
            [Event("TrickAdded")]
            public partial void AddTrick(string trick);
        """), Dog("""
            [Event("TrickAdded")]
            public partial void AddTrick(string trick);
            private void Apply(TrickAdded e)
            {
            }
        """));

    [Theory]
    [InlineData("public void Apply(Renamed e) => Name = e.Name;", "private void Apply(Renamed e) => Name = e.Name;")]
    [InlineData("internal string Apply(Renamed e) => Name = e.Name;", "private void Apply(Renamed e) => Name = e.Name;")]
    [InlineData("private static void Apply(Renamed e) { }", "private void Apply(Renamed e) { }")]
    public Task ESG0014_makes_Apply_private_and_void(string wrong, string right) => Fixing.Verify<CorrectApplyCodeFix>("ESG0014", Dog($"""
            [Event("Renamed")]
            public partial void Rename(string name);

            // It has a new name.
            {wrong}
        """), Dog($"""
            [Event("Renamed")]
            public partial void Rename(string name);

            // It has a new name.
            {right}
        """));

    [Theory]
    [InlineData("private int Apply(Renamed e) { Name = e.Name; return 1; }")]
    [InlineData("private void Apply(Renamed e, int version) => Name = e.Name + version;")]
    public async Task ESG0014_offers_nothing_where_the_body_has_to_change(string apply) => Assert.Empty(
        await Fixing.Offers<CorrectApplyCodeFix>("ESG0014", Dog($"[Event(\"Renamed\")] public partial void Rename(string name); {apply}")));

    [Fact]
    public Task ESG0017_removes_a_class_from_the_application() => Fixing.Verify<CorrectApplicationCodeFix>("ESG0017", $$"""
        [EventSourcedApplication(typeof(Dog), typeof(Cat), TablePrefix = "school")]
        public sealed partial class TrainingSchool;

        public class Cat;

        {{Dog()}}
        """, $$"""
        [EventSourcedApplication(typeof(Dog), TablePrefix = "school")]
        public sealed partial class TrainingSchool;

        public class Cat;

        {{Dog()}}
        """, "Remove 'Cat' from the application");

    [Fact]
    public async Task ESG0017_offers_to_make_an_ordinary_class_an_aggregate()
    {
        const string Application = "[EventSourcedApplication(typeof(Cat))] public sealed partial class TrainingSchool;";
        Assert.Equal(
            ["Make 'Cat' an aggregate", "Remove 'Cat' from the application"],
            await Fixing.Offers<CorrectApplicationCodeFix>("ESG0017", Application + "public class Cat;"));
    }

    [Fact]
    public async Task ESG0017_can_only_remove_an_abstract_class() => Assert.Equal(
        ["Remove 'Animal' from the application"],
        await Fixing.Offers<CorrectApplicationCodeFix>("ESG0017", "[EventSourcedApplication(typeof(Animal))] public sealed partial class TrainingSchool; [EventSourced] public abstract partial class Animal;"));

    [Fact]
    public Task ESG0017_makes_a_class_an_aggregate() => Fixing.Verify<CorrectApplicationCodeFix>("ESG0017", """
        [EventSourcedApplication(typeof(Cat))]
        public sealed partial class TrainingSchool;

        // It can't be trained.
        public class Cat
        {
            public string Name { get; private set; } = "";
        }
        """, """
        [EventSourcedApplication(typeof(Cat))]
        public sealed partial class TrainingSchool;

        // It can't be trained.
        [EventSourced]
        public partial class Cat
        {
            public string Name { get; private set; } = "";
        }
        """);

    [Theory]
    [InlineData("", "(typeof(Zoo.Cat))")]
    [InlineData("(typeof(Dog))", "(typeof(Dog), typeof(Zoo.Cat))")]
    [InlineData("(typeof(Dog), TablePrefix = \"school\")", "(typeof(Dog), typeof(Zoo.Cat), TablePrefix = \"school\")")]
    [InlineData("(CreateTables = false)", "(typeof(Zoo.Cat), CreateTables = false)")]
    public Task ESG0018_registers_the_aggregate(string before, string after) => Fixing.Verify<RegisterAggregateCodeFix>("ESG0018", School(before), School(after));

    [Fact]
    public Task ESG0027_makes_the_class_an_aggregate() => Fixing.Verify<MakeAggregateCodeFix>("ESG0027", Dog("""
        // An animal.
        public sealed class Dog
        """, ""), Dog("""
        // An animal.
        [EventSourced]
        public sealed partial class Dog
        """, ""));

    [Theory]
    [InlineData("[Event(\"Barked\")] public sealed partial record Barked;")]
    [InlineData("public static class Dog { [Event(\"Barked\")] public static void Bark() { } }")]
    [InlineData("public sealed record Dog { [Event(\"Barked\")] public void Bark() { } }")]
    public async Task ESG0027_offers_nothing_where_there_is_no_ordinary_class(string program) =>
        Assert.Empty(await Fixing.Offers<MakeAggregateCodeFix>("ESG0027", program));

    [Fact]
    public async Task ESG0009_uses_a_name_that_no_other_event_has() => Assert.Equal(
        ["Name the event's type 'AdoptedEventEvent'"],
        await Fixing.Offers<NameEventTypeCodeFix>("ESG0009", Dog("""
            public bool Adopted { get; private set; }
            [Event("Adopted")] public partial void Adopt(string owner);
            [Event("AdoptedEvent")] public partial void AdoptEvent(string owner);
            private void Apply(AdoptedEvent e) { }
        """)));

    private static string School(string arguments) => $$"""
        [EventSourcedApplication{{arguments}}]
        public sealed partial class TrainingSchool
        {
            public async Task SaveAsync() => await SaveAsync(new Zoo.Cat("Tom"));
        }

        {{Dog()}}

        namespace Zoo
        {
            [EventSourced]
            public sealed partial class Cat
            {
                [Event("Adopted")]
                public partial Cat(string name);
                private void Apply(Adopted e) => Name = e.Name;
                public string Name { get; private set; } = "";
            }
        }
        """;

    private static string Dog(string members = "") => Dog("[EventSourced]\npublic sealed partial class Dog", members);

    private static string Dog(string heading, string members) => $$"""
        {{heading}}
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;

            public string Name { get; private set; } = "";
        {{members}}
        }
        """;
}
