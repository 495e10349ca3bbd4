using EventSourcing;

namespace Benchmarks.Micro;

/// <summary>An aggregate of many events, for the dispatch benchmarks.</summary>
[EventSourced]
public sealed partial class Ledger
{
    public long Sum { get; private set; }

    [Event("Opened")]
    public partial Ledger(long amount);

    private void Apply(Opened e) => Sum = e.Amount;

    [Event("FeeCharged")]
    public partial void ChargeFee(long amount);

    private void Apply(FeeCharged e) => Sum -= e.Amount;

    [Event("FeeWaived")]
    public partial void WaiveFee(long amount);

    private void Apply(FeeWaived e) => Sum += e.Amount;

    [Event("InterestPaid")]
    public partial void PayInterest(long amount);

    private void Apply(InterestPaid e) => Sum += e.Amount;

    [Event("InterestTaken")]
    public partial void TakeInterest(long amount);

    private void Apply(InterestTaken e) => Sum -= e.Amount;

    [Event("TransferSent")]
    public partial void SendTransfer(long amount);

    private void Apply(TransferSent e) => Sum -= e.Amount;

    [Event("TransferReceived")]
    public partial void ReceiveTransfer(long amount);

    private void Apply(TransferReceived e) => Sum += e.Amount;

    [Event("CashPaidIn")]
    public partial void PayIn(long amount);

    private void Apply(CashPaidIn e) => Sum += e.Amount;

    [Event("CashPaidOut")]
    public partial void PayOut(long amount);

    private void Apply(CashPaidOut e) => Sum -= e.Amount;

    [Event("Corrected")]
    public partial void Correct(long amount);

    private void Apply(Corrected e) => Sum = e.Amount;
}
