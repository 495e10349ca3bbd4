using EventSourcing.Recording;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>Gathers values of rows in an array for each column, because one statement takes all rows.</summary>
internal sealed class ViewArrays : ViewRowWriter
{
    private readonly ColumnValues?[] _columns;
    private int _row;

    /// <param name="table">The view.</param>
    /// <param name="columns">The numbers of the columns that are written.</param>
    /// <param name="rows">The number of rows.</param>
    public ViewArrays(ViewTable table, IEnumerable<int> columns, int rows)
    {
        _columns = new ColumnValues?[table.Columns.Count];
        foreach (var column in columns)
        {
            _columns[column] = Create(table.Columns[column], rows);
        }
    }

    /// <summary>Begins the next row.</summary>
    public void NextRow() => _row++;

    /// <summary>Returns the array of a column as a parameter.</summary>
    public NpgsqlParameter Parameter(int column) => _columns[column]!.ToArray();

    /// <summary>Returns the value of a column in the first row as a parameter.</summary>
    public NpgsqlParameter Value(int column) => _columns[column]!.ToValue();

    public override void WriteNull(int column) => _columns[column]!.SetNull(_row);

    public override void Write(int column, bool value) => Set(column, value);

    public override void Write(int column, long value)
    {
        switch (_columns[column])
        {
            case ColumnValues<long> longs:
                longs.Set(_row, value);
                break;
            case ColumnValues<int> ints:
                ints.Set(_row, (int)value);
                break;
            default:
                Set(column, (short)value);
                break;
        }
    }

    public override void Write(int column, decimal value) => Set(column, value);

    public override void Write(int column, Guid value) => Set(column, value);

    public override void Write(int column, DateTimeOffset value) => Set(column, ViewValues.Cut(value));

    public override void Write(int column, DateTime value) => Set(column, ViewValues.Cut(value));

    public override void Write(int column, DateOnly value) => Set(column, value);

    public override void Write(int column, TimeOnly value) => Set(column, ViewValues.Cut(value));

    public override void Write(int column, TimeSpan value) => Set(column, ViewValues.Cut(value));

    protected override void WriteNumber(int column, double value)
    {
        if (_columns[column] is ColumnValues<double> doubles)
        {
            doubles.Set(_row, value);
        }
        else
        {
            Set(column, (float)value);
        }
    }

    protected override void WriteText(int column, string value) => ((ReferenceValues<string>)_columns[column]!).Set(_row, value);

    protected override void WriteBytes(int column, byte[] value) => ((ReferenceValues<byte[]>)_columns[column]!).Set(_row, value);

    private void Set<T>(int column, T value)
        where T : struct => ((ColumnValues<T>)_columns[column]!).Set(_row, value);

    private static ColumnValues Create(ViewColumn column, int rows) => column.Type switch
    {
        ViewColumnType.Boolean => new ColumnValues<bool>(NpgsqlDbType.Boolean, rows),
        ViewColumnType.Int16 => new ColumnValues<short>(NpgsqlDbType.Smallint, rows),
        ViewColumnType.Int32 => new ColumnValues<int>(NpgsqlDbType.Integer, rows),
        ViewColumnType.Int64 => new ColumnValues<long>(NpgsqlDbType.Bigint, rows),
        ViewColumnType.Single => new ColumnValues<float>(NpgsqlDbType.Real, rows),
        ViewColumnType.Double => new ColumnValues<double>(NpgsqlDbType.Double, rows),
        ViewColumnType.Decimal => new ColumnValues<decimal>(NpgsqlDbType.Numeric, rows),
        ViewColumnType.Guid => new ColumnValues<Guid>(NpgsqlDbType.Uuid, rows),
        ViewColumnType.DateTimeOffset => new ColumnValues<DateTimeOffset>(NpgsqlDbType.TimestampTz, rows),
        ViewColumnType.DateTime => new ColumnValues<DateTime>(NpgsqlDbType.Timestamp, rows),
        ViewColumnType.DateOnly => new ColumnValues<DateOnly>(NpgsqlDbType.Date, rows),
        ViewColumnType.TimeOnly => new ColumnValues<TimeOnly>(NpgsqlDbType.Time, rows),
        ViewColumnType.TimeSpan => new ColumnValues<TimeSpan>(NpgsqlDbType.Interval, rows),
        ViewColumnType.Bytes => new ReferenceValues<byte[]>(NpgsqlDbType.Bytea, rows),
        _ => new ReferenceValues<string>(NpgsqlDbType.Text, rows),
    };

    private abstract class ColumnValues
    {
        public abstract void SetNull(int row);

        public abstract NpgsqlParameter ToArray();

        public abstract NpgsqlParameter ToValue();
    }

    private sealed class ColumnValues<T>(NpgsqlDbType type, int rows) : ColumnValues
        where T : struct
    {
        private readonly T[] _values = new T[rows];
        private T?[]? _withNulls;

        public void Set(int row, T value)
        {
            if (_withNulls is null)
            {
                _values[row] = value;
            }
            else
            {
                _withNulls[row] = value;
            }
        }

        public override void SetNull(int row) => (_withNulls ??= Array.ConvertAll(_values, static value => (T?)value))[row] = null;

        public override NpgsqlParameter ToArray() => _withNulls is null
            ? new NpgsqlParameter<T[]> { TypedValue = _values, NpgsqlDbType = type | NpgsqlDbType.Array }
            : new NpgsqlParameter<T?[]> { TypedValue = _withNulls, NpgsqlDbType = type | NpgsqlDbType.Array };

        public override NpgsqlParameter ToValue() => new NpgsqlParameter<T> { TypedValue = _values[0], NpgsqlDbType = type };
    }

    private sealed class ReferenceValues<T>(NpgsqlDbType type, int rows) : ColumnValues
        where T : class
    {
        private readonly T?[] _values = new T?[rows];

        public void Set(int row, T value) => _values[row] = value;

        public override void SetNull(int row) => _values[row] = null;

        public override NpgsqlParameter ToArray() => new NpgsqlParameter<T?[]> { TypedValue = _values, NpgsqlDbType = type | NpgsqlDbType.Array };

        public override NpgsqlParameter ToValue() => new NpgsqlParameter<T> { TypedValue = _values[0]!, NpgsqlDbType = type };
    }
}
