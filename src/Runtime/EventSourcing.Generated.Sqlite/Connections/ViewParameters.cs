using System.Globalization;
using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Binds the values of a row, as Microsoft.Data.Sqlite writes them, so that programs with that driver can read them.</summary>
/// <param name="statement">The statement.</param>
/// <param name="only">The parameter of the only value, counted from 1; 0 if each column has a parameter of its own.</param>
internal sealed class ViewParameters(SqliteStatement statement, int only = 0) : ViewRowWriter
{
    public override void WriteNull(int column) => statement.BindNull(Parameter(column));

    public override void Write(int column, bool value) => statement.BindInt64(Parameter(column), value ? 1 : 0);

    public override void Write(int column, long value) => statement.BindInt64(Parameter(column), value);

    public override void Write(int column, decimal value) => Text(column, value.ToString(CultureInfo.InvariantCulture));

    public override void Write(int column, Guid value)
    {
        Span<byte> text = stackalloc byte[36];
        value.TryFormat(text, out _);
        foreach (ref var letter in text)
        {
            letter = letter >= 'a' ? (byte)(letter - 'a' + 'A') : letter;
        }

        statement.BindUtf8(Parameter(column), text);
    }

    public override void Write(int column, DateTimeOffset value) => Text(column, ViewValues.Cut(value).ToString("yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture));

    public override void Write(int column, DateTime value) => Text(column, ViewValues.Cut(value).ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture));

    public override void Write(int column, DateOnly value) => Text(column, value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public override void Write(int column, TimeOnly value)
    {
        value = ViewValues.Cut(value);
        Text(column, value.ToString(value.Ticks % TimeSpan.TicksPerSecond == 0 ? "HH:mm:ss" : "HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
    }

    public override void Write(int column, TimeSpan value) => Text(column, ViewValues.Cut(value).ToString("c", CultureInfo.InvariantCulture));

    protected override void WriteNumber(int column, double value) => statement.BindDouble(Parameter(column), value);

    protected override void WriteText(int column, string value) => Text(column, value);

    protected override void WriteBytes(int column, byte[] value) => statement.BindBlob(Parameter(column), value);

    private void Text(int column, string value) => statement.BindText(Parameter(column), value);

    private int Parameter(int column) => only > 0 ? only : column + 1;
}
