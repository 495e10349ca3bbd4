using EventSourcing.Generators.Serializers;
using EventSourcing.Generators.Serializers.Json.Emitters;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using EventSourcing.Recording;

namespace EventSourcing.Generators.Projections.Emitters;

/// <summary>The expressions that write and read the value of a column.</summary>
internal sealed class ColumnCode(ViewModel model)
{
    private const string Json = $"{KnownNames.Services}.ViewJson";

    /// <summary>The methods for JSON.</summary>
    public ValueCode Values { get; } = new(new SerializerModel { Shell = model.Shell, Events = EquatableArray<Events.EventModel>.Empty, Shapes = model.Shapes });

    /// <summary>Whether a column needs methods for JSON or for the names of an enum.</summary>
    public bool HasJson => model.Columns.Any(c => IsJson(c.Shape));

    /// <summary>The expression for the argument that the writer of rows takes.</summary>
    /// <param name="column">The column.</param>
    /// <param name="value">The value, which isn't null.</param>
    public string Written(ColumnModel column, string value) => Written(column.Shape, string.Format(column.Unwrap, value));

    /// <summary>The expression that reads the value of a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="index">Its number.</param>
    public string Read(ColumnModel column, int index) => string.Format(column.Wrap, Read(column.Shape, index, column.Column.Type));

    /// <summary>The expression for a value as it is after it was stored.</summary>
    /// <param name="column">A column whose values are cut or restored.</param>
    /// <param name="value">The value, which isn't null.</param>
    public string Fixed(ColumnModel column, string value) => string.Format(column.Wrap, Fixed(column.Shape, string.Format(column.Unwrap, value)));

    private string Fixed(int shape, string value) => model.Shapes[shape] switch
    {
        { Kind: ShapeKind.Wrapper, IsReference: false } wrapper => string.Format(wrapper.Wrap!, Fixed(wrapper.Element, string.Format(wrapper.Unwrap!, value))),
        { Kind: ShapeKind.Scalar } => $"{KnownNames.Library}.Recording.ViewValues.Cut({value})",
        _ => $"RowJson.Restore{shape}({value})",
    };

    private string Written(int shape, string value)
    {
        var of = model.Shapes[shape];
        return of switch
        {
            { Kind: ShapeKind.Wrapper, IsReference: false } => Written(of.Element, string.Format(of.Unwrap!, value)),
            { Kind: ShapeKind.Enum or ShapeKind.Flags } => $"RowJson.NameOfColumn{shape}({value})",
            { Kind: ShapeKind.Scalar, Name: "Char" } => $"{value}.ToString()",
            { Kind: ShapeKind.Scalar, Name: "Uri" } => $"{value}.OriginalString",
            { Kind: ShapeKind.Scalar, Name: "UInt64" or "UIntPtr" } => $"(decimal){value}",
            { Kind: ShapeKind.Scalar, Name: "IntPtr" } => $"(long){value}",
            { Kind: ShapeKind.Scalar, Name: "SByte" or "Byte" or "Int16" or "UInt16" or "Int32" or "UInt32" } => $"(long){value}",
            { Kind: ShapeKind.Scalar, Name: "Single" } => $"(double){value}",
            { Kind: ShapeKind.Scalar } => value,
            _ => $"{Json}.Write({value}, RowJson.WriteColumn{shape})",
        };
    }

    private string Read(int shape, int column, ViewColumnType type)
    {
        var of = model.Shapes[shape];
        return of switch
        {
            { Kind: ShapeKind.Wrapper, IsReference: false } => string.Format(of.Wrap!, Read(of.Element, column, type)),
            { Kind: ShapeKind.Enum or ShapeKind.Flags } => $"{Json}.ReadName(reader.GetText({column}), RowJson.ReadColumn{shape})",
            { Kind: ShapeKind.Scalar, Name: "Char" } => $"char.Parse(reader.GetText({column}))",
            { Kind: ShapeKind.Scalar, Name: "Uri" } => $"new global::System.Uri(reader.GetText({column}), global::System.UriKind.RelativeOrAbsolute)",
            { Kind: ShapeKind.Scalar, Name: "UInt64" } => $"(ulong)reader.GetDecimal({column})",
            { Kind: ShapeKind.Scalar, Name: "UIntPtr" } => $"checked((nuint)reader.GetDecimal({column}))",
            { Kind: ShapeKind.Scalar, Name: "IntPtr" } => $"checked((nint)reader.GetInt64({column}))",
            { Kind: ShapeKind.Scalar, Name: "SByte" } => $"checked((sbyte)reader.GetInt64({column}))",
            { Kind: ShapeKind.Scalar, Name: "Byte" } => $"checked((byte)reader.GetInt64({column}))",
            { Kind: ShapeKind.Scalar, Name: "UInt16" } => $"checked((ushort)reader.GetInt64({column}))",
            { Kind: ShapeKind.Scalar, Name: "UInt32" } => $"checked((uint)reader.GetInt64({column}))",
            { Kind: ShapeKind.Scalar } => $"reader.Get{type}({column})",
            _ => $"{Json}.Read(reader.GetText({column}), RowJson.ReadColumn{shape})",
        };
    }

    /// <summary>The shapes of columns that need methods of their own: JSON and enums.</summary>
    public IEnumerable<int> JsonShapes() => model.Columns.Select(c => Inner(c.Shape)).Where(IsJson).Distinct();

    /// <summary>Whether the values of a column are objects.</summary>
    public bool IsReference(ColumnModel column) => model.Shapes[column.Shape].IsReference;

    /// <summary>The name of the first column with a shape, for messages.</summary>
    public string NameOf(int shape) => model.Columns.First(c => Inner(c.Shape) == shape).Column.Name;

    private int Inner(int shape) => model.Shapes[shape] is { Kind: ShapeKind.Wrapper, IsReference: false } wrapper ? Inner(wrapper.Element) : shape;

    private bool IsJson(int shape) => model.Shapes[Inner(shape)].Kind != ShapeKind.Scalar;
}
