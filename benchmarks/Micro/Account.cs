using EventSourcing;

namespace Benchmarks.Micro;

/// <summary>An aggregate whose creation event has the five fields that are measured.</summary>
[EventSourced]
public sealed partial class Account
{
    public Guid Owner { get; private set; }

    public string Holder { get; private set; }

    public int Branch { get; private set; }

    public long Cents { get; private set; }

    public DateTime OpenedAt { get; private set; }

    [Event("Opened")]
    public partial Account(Guid owner, string holder, int branch, long cents, DateTime openedAt);

    private void Apply(Opened e) => (Owner, Holder, Branch, Cents, OpenedAt) = (e.Owner, e.Holder, e.Branch, e.Cents, e.OpenedAt);

    [Event("Deposited")]
    public partial void Deposit(Guid transfer, string purpose, int branch, long cents, DateTime bookedAt);

    private void Apply(Deposited e) => Cents += e.Cents;
}

[EventSourcedApplication(typeof(Account), typeof(Ledger))]
public sealed partial class Bank;
