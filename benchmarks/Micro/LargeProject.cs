using System.Text;

namespace Benchmarks.Micro;

/// <summary>The sources of a large project: aggregates of ten events each, of everyday types, and an application that names them all.</summary>
internal static class LargeProject
{
    public const int Aggregates = 500;

    public const string Usings = "global using System; global using System.Collections.Generic; global using EventSourcing;";

    public const string Shared = """
        namespace Large;

        public enum Colour { Red, Green, Blue }

        public sealed record Money(decimal Amount, string Currency);
        """;

    public static string Application
    {
        get
        {
            var text = new StringBuilder("namespace Large;\n\n[EventSourcedApplication(");
            text.AppendJoin(", ", Enumerable.Range(0, Aggregates).Select(i => $"typeof(Aggregate{i})"));
            return text.Append(")]\npublic sealed partial class LargeApplication;\n").ToString();
        }
    }

    /// <param name="number">The number of the aggregate.</param>
    /// <param name="last">The type of the last event's field. It makes one edit differ from the next.</param>
    public static string Aggregate(int number, string last = "string") => $$"""
        namespace Large;

        [EventSourced]
        public sealed partial class Aggregate{{number}}
        {
            public string Name { get; private set; } = "";

            public Colour Colour { get; private set; }

            public decimal Sum { get; private set; }

            public List<string> Notes { get; } = [];

            public static Guid CreateId(string name) => UuidV5.Create(UuidV5.Url, $"/aggregates/{name}");

            [Event("Registered")]
            public partial Aggregate{{number}}(string name);

            private void Apply(Registered e) => Name = e.Name;

            [Event("Renamed")]
            public partial void Rename(string name);

            private void Apply(Renamed e) => Name = e.Name;

            [Event("Painted")]
            public partial void Paint(Colour colour, DateTimeOffset paintedAt);

            private void Apply(Painted e) => Colour = e.Colour;

            [Event("Paid")]
            public partial void Pay(Guid payment, Money money, string? purpose);

            private void Apply(Paid e) => Sum += e.Money.Amount;

            [Event("Counted")]
            public partial void Count(int pieces, long grams, bool isWhole);

            private void Apply(Counted e) => Sum += e.Pieces;

            [Event("Noted")]
            public partial void Note(string note);

            private void Apply(Noted e) => Notes.Add(e.Note);

            [Event("NotesReplaced")]
            public partial void ReplaceNotes(IReadOnlyList<string> notes);

            private void Apply(NotesReplaced e) => Notes.AddRange(e.Notes);

            [Event("Moved")]
            public partial void Move(double latitude, double longitude, DateTime? until);

            private void Apply(Moved e) => Sum += 1;

            [Event("Assigned")]
            public partial void Assign(Guid to, Guid? by, TimeSpan within);

            private void Apply(Assigned e) => Sum += 1;

            [Event("Closed")]
            public partial void Close({{last}} reason);

            private void Apply(Closed e) => Name = e.Reason + "";
        }
        """;
}
