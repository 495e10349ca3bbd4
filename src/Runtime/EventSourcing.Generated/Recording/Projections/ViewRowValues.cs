namespace EventSourcing.Recording;

/// <summary>Takes the values of a row of a view, as objects.</summary>
/// <param name="width">The number of columns.</param>
internal sealed class ViewRowValues(int width) : ViewRowWriter
{
    /// <summary>The values, by the numbers of their columns.</summary>
    public object?[] Values { get; } = new object?[width];

    public override void WriteNull(int column) => Values[column] = null;

    public override void Write(int column, bool value) => Values[column] = value;

    public override void Write(int column, long value) => Values[column] = value;

    public override void Write(int column, decimal value) => Values[column] = value;

    public override void Write(int column, Guid value) => Values[column] = value;

    public override void Write(int column, DateTimeOffset value) => Values[column] = ViewValues.Cut(value);

    public override void Write(int column, DateTime value) => Values[column] = ViewValues.Cut(value);

    public override void Write(int column, DateOnly value) => Values[column] = value;

    public override void Write(int column, TimeOnly value) => Values[column] = ViewValues.Cut(value);

    public override void Write(int column, TimeSpan value) => Values[column] = ViewValues.Cut(value);

    protected override void WriteNumber(int column, double value) => Values[column] = value;

    protected override void WriteText(int column, string value) => Values[column] = value;

    protected override void WriteBytes(int column, byte[] value) => Values[column] = value.ToArray();
}

/// <summary>Returns the values of a row that are objects.</summary>
internal sealed class ViewRowValuesReader : ViewRowReader
{
    /// <summary>The current row.</summary>
    public object?[] Values { get; set; } = [];

    public override bool IsNull(int column) => Values[column] is null;

    public override bool GetBoolean(int column) => (bool)Values[column]!;

    public override long GetInt64(int column) => (long)Values[column]!;

    public override double GetDouble(int column) => (double)Values[column]!;

    public override decimal GetDecimal(int column) => (decimal)Values[column]!;

    public override string GetText(int column) => (string)Values[column]!;

    public override Guid GetGuid(int column) => (Guid)Values[column]!;

    public override DateTimeOffset GetDateTimeOffset(int column) => (DateTimeOffset)Values[column]!;

    public override DateTime GetDateTime(int column) => (DateTime)Values[column]!;

    public override DateOnly GetDateOnly(int column) => (DateOnly)Values[column]!;

    public override TimeOnly GetTimeOnly(int column) => (TimeOnly)Values[column]!;

    public override TimeSpan GetTimeSpan(int column) => (TimeSpan)Values[column]!;

    public override byte[] GetBytes(int column) => [.. (byte[])Values[column]!];
}
