using EventSourcing;

namespace Benchmarks;

/// <summary>The aggregate that is saved and loaded. Each event has five values: the four parameters and its time.</summary>
[EventSourced]
internal sealed partial class Account
{
    [Event("Opened")]
    public partial Account(Guid id, Guid owner, string name, int number, long amount);

    public Guid Owner { get; private set; }

    public string Name { get; private set; }

    public int Number { get; private set; }

    public long Amount { get; private set; }

    [Event("Changed")]
    public partial void Change(Guid owner, string name, int number, long amount);

    private void Apply(Opened e) => (Owner, Name, Number, Amount) = (e.Owner, e.Name, e.Number, e.Amount);

    private void Apply(Changed e) => (Owner, Name, Number, Amount) = (e.Owner, e.Name, e.Number, Amount + e.Amount);
}

/// <summary>The library, as a user sets it up.</summary>
[EventSourcedApplication(typeof(Account))]
internal sealed partial class Bank;
