using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The current row of a query of a view.</summary>
/// <param name="reader">Reads the row.</param>
/// <param name="table">The view.</param>
internal sealed class ViewRow(NpgsqlDataReader reader, ViewTable table) : ViewRowReader
{
    public override bool IsNull(int column) => reader.IsDBNull(column);

    public override bool GetBoolean(int column) => reader.GetBoolean(column);

    // The driver converts no number.
    public override long GetInt64(int column) => table.Columns[column].Type switch
    {
        ViewColumnType.Int16 => reader.GetInt16(column),
        ViewColumnType.Int32 => reader.GetInt32(column),
        _ => reader.GetInt64(column),
    };

    public override double GetDouble(int column) => table.Columns[column].Type == ViewColumnType.Single ? reader.GetFloat(column) : reader.GetDouble(column);

    public override decimal GetDecimal(int column) => reader.GetDecimal(column);

    public override string GetText(int column) => reader.GetString(column);

    public override Guid GetGuid(int column) => reader.GetGuid(column);

    public override DateTimeOffset GetDateTimeOffset(int column) => reader.GetFieldValue<DateTimeOffset>(column);

    public override DateTime GetDateTime(int column) => reader.GetDateTime(column);

    public override DateOnly GetDateOnly(int column) => reader.GetFieldValue<DateOnly>(column);

    public override TimeOnly GetTimeOnly(int column) => reader.GetFieldValue<TimeOnly>(column);

    public override TimeSpan GetTimeSpan(int column) => reader.GetFieldValue<TimeSpan>(column);

    public override byte[] GetBytes(int column) => reader.GetFieldValue<byte[]>(column);
}
