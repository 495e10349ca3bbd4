using System.Globalization;
using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>The current row of a query of a view. Values are those that Microsoft.Data.Sqlite writes.</summary>
internal sealed class ViewRow(SqliteStatement statement) : ViewRowReader
{
    public override bool IsNull(int column) => statement.IsNull(column);

    public override bool GetBoolean(int column) => GetInt64(column) != 0;

    public override long GetInt64(int column) => statement.IsInteger(column) ? statement.ReadInt64(column) : throw new InvalidCastException();

    public override double GetDouble(int column) => statement.IsReal(column) || statement.IsInteger(column) ? statement.ReadDouble(column) : throw new InvalidCastException();

    public override decimal GetDecimal(int column) => decimal.Parse(GetText(column), NumberStyles.Number | NumberStyles.AllowExponent, CultureInfo.InvariantCulture);

    public override string GetText(int column) => statement.IsText(column) ? statement.ReadText(column) : throw new InvalidCastException();

    public override Guid GetGuid(int column) => statement.IsText(column) ? Guid.Parse(statement.ReadBlob(column)) : throw new InvalidCastException();

    public override DateTimeOffset GetDateTimeOffset(int column) => DateTimeOffset.Parse(GetText(column), CultureInfo.InvariantCulture);

    public override DateTime GetDateTime(int column) => DateTime.Parse(GetText(column), CultureInfo.InvariantCulture);

    public override DateOnly GetDateOnly(int column) => DateOnly.Parse(GetText(column), CultureInfo.InvariantCulture);

    public override TimeOnly GetTimeOnly(int column) => TimeOnly.Parse(GetText(column), CultureInfo.InvariantCulture);

    public override TimeSpan GetTimeSpan(int column) => TimeSpan.Parse(GetText(column), CultureInfo.InvariantCulture);

    public override byte[] GetBytes(int column) => statement.IsBlob(column) ? statement.ReadBlob(column).ToArray() : throw new InvalidCastException();
}
