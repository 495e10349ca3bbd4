using EventSourcing;

namespace Recorders.Contract;

/// <summary>The id of a pup.</summary>
public readonly record struct PupId(Guid Value);

/// <summary>The aggregate of the views.</summary>
[EventSourced]
public sealed partial class Pup
{
    [Event("Born")]
    public partial Pup(PupId id, string name, DateTimeOffset timestamp);

    [Event("Learned")]
    public partial void Learn(string trick);

    private void Apply(Born e)
    {
    }

    private void Apply(Learned e)
    {
    }

    [Event("Renamed")]
    public partial void Rename(string name);

    private void Apply(Renamed e)
    {
    }

    [Event("Left")]
    public partial void Leave();

    private void Apply(Left e)
    {
    }

    [Event("Slept")]
    public partial void Sleep();

    private void Apply(Slept e)
    {
    }

    [Event("Measured")]
    public partial void Measure(int number);

    private void Apply(Measured e)
    {
    }
}

/// <summary>A row for each pup.</summary>
[Projection("pups")]
public sealed partial record PupRow([property: Key] PupId PupId, [property: Index] string Name, int Tricks, DateTimeOffset Since, string? LastTrick)
{
    private static PupRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name, 0, header.Timestamp, null);

    private PupRow When(Pup.Learned e) => e.Trick == "fail" ? throw new InvalidOperationException("secret") : this with { Tricks = Tricks + 1, LastTrick = e.Trick };

    private PupRow When(Pup.Renamed e) => this with { Name = e.Name };

    private PupRow? When(Pup.Left e) => null;
}

/// <summary>A row for each trick, which pups of many ids change.</summary>
[Projection("tricks")]
public sealed partial record TrickCount([property: Key] string Trick, long Pups)
{
    private static string KeyOf(Pup.Learned e) => e.Trick;

    private static TrickCount When(TrickCount? row, Pup.Learned e) => new(e.Trick, (row?.Pups ?? 0) + 1);
}

/// <summary>A row for each word of names: an event changes several rows.</summary>
[Projection("words")]
public sealed partial record WordCount([property: Key] string Word, int Uses)
{
    private static string[] KeyOf(Pup.Born e) => e.Name.Split(' ');

    private static IEnumerable<string> KeyOf(Pup.Renamed e, EventHeader header) => header.Version > 1 ? e.Name.Split(' ') : [];

    private static WordCount When(WordCount? row, string word, Pup.Born e) => new(word, (row?.Uses ?? 0) + 1);

    private static WordCount? When(WordCount? row, string word, Pup.Renamed e, EventHeader header) =>
        word == "gone" ? null : new(word, (row?.Uses ?? 0) + (int)Math.Min(header.Version, 1));
}

/// <summary>The application of the views.</summary>
[EventSourcedApplication(typeof(Pup), typeof(PupRow), typeof(TrickCount), typeof(WordCount), typeof(Sample), TablePrefix = "kennel")]
public sealed partial class Kennel;

/// <summary>A name whose equality isn't that of the databases.</summary>
public readonly record struct Nick(string Value)
{
    public bool Equals(Nick other) => string.Equals(Value, other.Value, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Value);
}

/// <summary>A row for each name.</summary>
[Projection("nicks")]
public sealed partial record NickCount([property: Key] Nick Nick, int Uses)
{
    private static Nick KeyOf(Pup.Born e) => new(e.Name);

    private static NickCount When(NickCount? row, Nick nick, Pup.Born e) => new(nick, (row?.Uses ?? 0) + 1);
}

/// <summary>The application of the view of names.</summary>
[EventSourcedApplication(typeof(Pup), typeof(NickCount), TablePrefix = "nursery")]
public sealed partial class Nursery;

/// <summary>A later version of the view of pups.</summary>
[Projection("pups", Version = 2)]
public sealed partial record LaterPup([property: Key] PupId PupId, string Title, [property: Index] int Tricks)
{
    private static LaterPup When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), "The " + e.Name, 0);

    private LaterPup When(Pup.Learned e) => this with { Tricks = Tricks + 1 };

    private LaterPup? When(Pup.Left e) => null;
}

/// <summary>The same application after a change of a view.</summary>
[EventSourcedApplication(typeof(Pup), typeof(LaterPup), TablePrefix = "kennel")]
public sealed partial class LaterKennel;

/// <summary>An aggregate whose key is a text.</summary>
[EventSourced]
public sealed partial class Sign
{
    [Event("Put")]
    public partial Sign(string id, string text);

    private void Apply(Put e)
    {
    }

    [Event("Painted")]
    public partial void Paint(string text);

    private void Apply(Painted e)
    {
    }
}

/// <summary>A row for each sign.</summary>
[Projection("texts")]
public sealed partial record SignText([property: Key] string Id, string Text)
{
    private static SignText When(Sign.Put e, EventHeader header) => new(header.AggregateId, e.Text);

    private SignText When(Sign.Painted e) => this with { Text = e.Text };
}

/// <summary>An application whose keys are texts.</summary>
[EventSourcedApplication(typeof(Sign), typeof(SignText), TablePrefix = "signs")]
public sealed partial class Signs;
