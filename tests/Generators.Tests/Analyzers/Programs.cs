namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>Small programs for the tests of the rules.</summary>
internal static class Programs
{
    /// <summary>A correct aggregate, with additional members.</summary>
    public static string Dog(string members = "", string attribute = "[EventSourced]") => $$"""
        {{attribute}}
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;
            public string Name { get; private set; } = "";
            public List<string> Tricks { get; } = [];
            {{members}}
        }
        """;

    /// <summary>Another aggregate of the same kind.</summary>
    public const string Cat = """
        [EventSourced]
        public sealed partial class Cat
        {
            [Event("Adopted")]
            public partial Cat(string name);
            private void Apply(Adopted e) => Name = e.Name;
            public string Name { get; private set; } = "";
        }
        """;

    /// <summary>An application that registers Dog only.</summary>
    public static string School(string members = "") => $$"""
        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class TrainingSchool
        {
            {{members}}
        }
        """;

    /// <summary>A command that adds a trick.</summary>
    public const string AddTrick = """
        [Event("TrickAdded")]
            public partial void AddTrick(string trick);
            private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
        """;
}
