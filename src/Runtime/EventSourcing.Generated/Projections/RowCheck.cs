using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Takes the values of a row and does nothing with them, to find out whether they can be stored. Thread safe.</summary>
internal sealed class RowCheck : ViewRowWriter
{
    public static RowCheck Instance { get; } = new();

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
    }

    protected override void WriteBytes(int column, byte[] value)
    {
    }
}
