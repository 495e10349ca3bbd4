using EventSourcing.Generators.Serializers.Json;
using EventSourcing.Generators.Serializers.Json.Emitters;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Projections.Emitters;

/// <summary>Writes the reading and writing of rows.</summary>
internal static class RowEmitter
{
    private const string RowWriter = $"{KnownNames.Library}.Recording.ViewRowWriter writer";
    private const string RowReader = $"{KnownNames.Library}.Recording.ViewRowReader reader";

    public static void Write(ViewModel model, ColumnCode code, SourceWriter writer)
    {
        var row = model.Shell.FullName;
        var key = model.Columns[0];
        writer.Line();
        writer.Line($"static {model.KeyType} {model.Interface}.GetKey({row} row) => row.{key.Property};");
        writer.Line();
        writer.Line($"static void {model.Interface}.WriteKey({model.KeyType} key, {RowWriter}) => writer.Write(0, {code.Written(key, "key")});");
        writer.Line();
        using (writer.Open($"static void {model.Interface}.WriteRow({row} row, {RowWriter})"))
        {
            for (var i = 0; i < model.Columns.Count; i++)
            {
                WriteColumn(model.Columns[i], i, code, writer);
            }
        }

        writer.Line();
        writer.Line($"static {row} {model.Interface}.ReadRow({RowReader}) => {Reading(model, code)};");
        if (code.HasJson)
        {
            WriteJson(model, code, writer);
        }
    }

    private static void WriteColumn(ColumnModel column, int index, ColumnCode code, SourceWriter writer)
    {
        if (!column.Column.IsNullable)
        {
            writer.Line($"writer.Write({index}, {code.Written(column, "row." + column.Property)});");
            return;
        }

        using (writer.Open($"if (row.{column.Property} is {{ }} value{index})"))
        {
            writer.Line($"writer.Write({index}, {code.Written(column, "value" + index)});");
        }

        using (writer.Open("else"))
        {
            writer.Line($"writer.WriteNull({index});");
        }

        writer.Line();
    }

    private static string Reading(ViewModel model, ColumnCode code) => Making(model, column =>
    {
        var value = code.Read(model.Columns[column], column);
        return model.Columns[column].Column.IsNullable ? $"reader.IsNull({column}) ? null : {value}" : value;
    });

    /// <summary>The expression that creates a row.</summary>
    /// <param name="model">The view.</param>
    /// <param name="valueOf">Returns the expression for the value of a column.</param>
    public static string Making(ViewModel model, Func<int, string> valueOf)
    {
        var values = model.Parts.Select(part =>
        {
            var value = valueOf(part.Column);
            return (part.Placement, model.Columns[part.Column].Property, Value: part.Conversion is null ? value : string.Format(part.Conversion, value));
        }).ToList();
        var arguments = string.Join(", ", values.Where(v => v.Placement == Placement.Argument).Select(v => v.Value));
        var initializers = string.Join(", ", values.Where(v => v.Placement != Placement.Argument).Select(v => $"{v.Property} = {v.Value}"));
        return $"new {model.Shell.FullName}({arguments}){(initializers.Length == 0 ? "" : $" {{ {initializers} }}")}";
    }

    private static void WriteJson(ViewModel model, ColumnCode code, SourceWriter writer)
    {
        writer.Line();
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        writer.Line(KnownNames.Hidden);
        using (writer.Open("internal static class RowJson"))
        {
            SerializerEmitter.WriteNames(code.Values, writer);
            var isFirst = code.Values.NameConstants.Count == 0;
            foreach (var shape in code.JsonShapes())
            {
                if (!isFirst)
                {
                    writer.Line();
                }

                isFirst = false;
                WriteJson(model, shape, code, writer);
            }

            foreach (var shape in model.Shapes)
            {
                SerializerEmitter.WriteShape(shape, code.Values, writer);
            }
        }
    }

    private static void WriteJson(ViewModel model, int shape, ColumnCode code, SourceWriter writer)
    {
        var values = code.Values;
        var of = model.Shapes[shape];
        var field = Names.Literal(code.NameOf(shape));
        if (of.Kind is ShapeKind.Enum or ShapeKind.Flags)
        {
            writer.Line($"public static string NameOfColumn{shape}({of.Type} value) => {KnownNames.Services}.ViewJson.Name(NameOf{of.Name}(value, {field}));");
            writer.Line();
        }
        else
        {
            using (writer.Open($"public static void WriteColumn{shape}({ValueCode.WriterParameter}, {of.Type} value)"))
            {
                values.WriteValue(shape, "value", "item", field, writer);
            }

            writer.Line();
        }

        if (of.Kind is not (ShapeKind.Enum or ShapeKind.Flags))
        {
            writer.Line($"public static {of.Type} Restore{shape}({of.Type} value) => {KnownNames.Services}.ViewJson.Read({KnownNames.Services}.ViewJson.Write(value, WriteColumn{shape}), ReadColumn{shape});");
            writer.Line();
        }

        writer.Line($"public static {of.Type} ReadColumn{shape}({ValueCode.ReaderParameter}) => {values.Read(shape, field)};");
    }
}
