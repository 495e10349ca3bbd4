using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Takes keys only to refuse those that not every engine can store.</summary>
internal sealed class ValueCheck : ViewRowWriter
{
    public static ValueCheck Instance { get; } = new();

    public override void WriteNull(int column)
    {
    }

    public override void Write(int column, bool value)
    {
    }

    public override void Write(int column, long value)
    {
    }

    public override void Write(int column, decimal value)
    {
    }

    public override void Write(int column, Guid value)
    {
    }

    public override void Write(int column, DateTimeOffset value)
    {
    }

    public override void Write(int column, DateTime value)
    {
    }

    public override void Write(int column, DateOnly value)
    {
    }

    public override void Write(int column, TimeOnly value)
    {
    }

    public override void Write(int column, TimeSpan value)
    {
    }

    protected override void WriteNumber(int column, double value)
    {
    }

    protected override void WriteText(int column, string value)
    {
        if (StoredEvents.WhyNotKey(value) is { } reason)
        {
            throw new StateFormatException($"the text {reason}");
        }
    }

    protected override void WriteBytes(int column, byte[] value)
    {
    }
}
