using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using EventSourcing.Recording;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>The columns of a view, and how a row is created from them.</summary>
/// <param name="Columns">The columns; the first is the key.</param>
/// <param name="Parts">The parts of a row, in the order of the constructor.</param>
/// <param name="Shapes">The shapes of the columns' types.</param>
/// <param name="Key">The type of the key.</param>
/// <param name="Notices">The warnings that the compiler reports for uses of the types.</param>
internal sealed record ViewColumns(
    IReadOnlyList<ColumnModel> Columns, IReadOnlyList<PartModel> Parts, EquatableArray<ShapeModel> Shapes, ITypeSymbol Key, EquatableArray<string> Notices)
{
    // Fewer than any engine allows.
    private const int MostColumns = 500;

    private static readonly HashSet<string> ReservedColumns = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "rowid", "oid"];

    /// <summary>Reads the columns; null when one of them can't be stored.</summary>
    public static ViewColumns? Parse(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report)
    {
        var shapes = FieldShapes.Of(type, compilation);
        if (shapes.MembersOf(type, out var reason) is not { } slots)
        {
            report?.Invoke(Diagnostic.Create(Rules.UnsupportedType, type.UserLocation(), $"The view '{type.Name}'", reason!));
            return null;
        }

        var fits = true;
        List<ColumnModel> columns = [];
        List<(int Column, MemberSlot Slot)> parts = [];
        var key = (MemberSlot?)null;
        foreach (var slot in slots)
        {
            if (Column(slot, type, compilation, shapes, Report) is not { } column)
            {
                fits = false;
                continue;
            }

            if (columns.FirstOrDefault(c => c.Column.Name == column.Column.Name) is { } other)
            {
                Report(Rules.ViewShape, slot.Symbol!, type.Name, $"'{slot.Name}' and '{other.Property}' would be the same column '{column.Column.Name}'; rename one of them");
            }

            if (slot.Symbol!.FindAttribute(KnownNames.Key) is not null)
            {
                if (key is { } first)
                {
                    Report(Rules.ViewKey, slot.Symbol!, type.Name, $"'{first.Name}' and '{slot.Name}' have [Key], but a view has one key: remove one of them, or use a record that contains both");
                }

                key ??= slot;
                columns.Insert(0, column);
                parts = [.. parts.Select(p => (p.Column + 1, p.Slot)), (0, slot)];
            }
            else
            {
                parts.Add((columns.Count, slot));
                columns.Add(column);
            }
        }

        if (key is null && fits)
        {
            var at = type.UserLocation();
            report?.Invoke(Diagnostic.Create(Rules.ViewKey, at, type.Name, "no property has [Key]: mark the property that identifies the row, on a positional parameter with [property: Key]"));
            return null;
        }

        if (columns.Count > MostColumns)
        {
            Report(Rules.ViewShape, type, type.Name, $"it has more than {MostColumns} columns");
        }

        if (fits && (columns[0].Column.IsNullable || !IsKey(columns[0].Column.Type) || shapes.Shapes[columns[0].Shape].Name == "Uri"))
        {
            Report(Rules.ViewKey, key!.Value.Symbol!, type.Name, $"'{key.Value.Name}' can't be the key, because {(columns[0].Column.IsNullable ? "it may be null" : "values of its type aren't compared alike by all databases")}: use an id, a text, an integer, an enum, a bool or a DateOnly");
        }

        return fits
            ? new ViewColumns(columns, [.. parts.Select(p => new PartModel(p.Column, p.Slot.Placement, p.Slot.Conversion))], shapes.Shapes, key!.Value.Type, shapes.Notices.Ids)
            : null;

        void Report(DiagnosticDescriptor rule, ISymbol symbol, params object[] arguments)
        {
            fits = false;
            report?.Invoke(Diagnostic.Create(rule, symbol.UserLocation(), arguments));
        }
    }

    private static bool IsKey(ViewColumnType type) => type is ViewColumnType.Boolean or ViewColumnType.Int16 or ViewColumnType.Int32 or ViewColumnType.Int64
        or ViewColumnType.Text or ViewColumnType.Guid or ViewColumnType.DateOnly;

    private static ColumnModel? Column(
        MemberSlot slot, INamedTypeSymbol type, Compilation compilation, ShapeParser shapes, Action<DiagnosticDescriptor, ISymbol, object[]> report)
    {
        var symbol = slot.Symbol!;
        if (UnknownTypes.In(slot.Type).FirstOrDefault() is { } unknown)
        {
            report(Rules.UnknownType, symbol, [Names.Show(unknown), $"'{slot.Name}' of the view '{type.Name}'", UnknownTypes.ReasonOf(unknown)]);
            return null;
        }

        // An id is stored as its key, as in the events table.
        var (declared, id) = (WithoutNull(slot.Type), slot.Converter is null ? IdParser.Parse(WithoutNull(slot.Type), compilation) : null);
        var stored = id is null || id.Read == "{0}" ? slot.Type : compilation.GetTypeByMetadataName(id.Key == KeyKind.Guid ? "System.Guid" : "System.String")!;
        var shape = shapes.Add(stored, slot.Converter, out var reason);
        if (shape < 0)
        {
            report(Rules.UnsupportedType, symbol, [$"'{slot.Name}' of the view '{type.Name}'", reason ?? "its converter doesn't fit"]);
            return null;
        }

        var model = shapes.Shapes[shape];
        // Code without nullable annotations has no other way to write a key.
        var isKey = symbol.FindAttribute(KnownNames.Key) is not null && slot.Type.NullableAnnotation == NullableAnnotation.None;
        var isNullable = !isKey && !SymbolEqualityComparer.IncludeNullability.Equals(declared, slot.Type) && (model.Kind == ShapeKind.Nullable || id is not null);
        if (model.Kind == ShapeKind.Nullable)
        {
            shape = model.Element;
        }

        var name = ViewParser.ToSnakeCase(slot.Name);
        if (symbol is IPropertySymbol { SetMethod.IsInitOnly: false })
        {
            report(Rules.ViewShape, symbol, [type.Name, $"'{slot.Name}' has a setter, but a row is replaced as a whole, so a change in place would be lost; write 'init' instead of 'set'"]);
            return null;
        }

        if (ReservedColumns.Contains(name))
        {
            report(Rules.ViewShape, symbol, [type.Name, $"'{slot.Name}' would be the column '{name}', which every table has on some databases; rename the property"]);
            return null;
        }

        if (!Identifier.IsAllowedColumn(name))
        {
            report(Rules.ViewShape, symbol, [type.Name, $"the column of '{slot.Name}' would be '{name}', but the name of a column has 1 to 63 ASCII letters, digits and underscores, and doesn't begin with a digit; rename the property"]);
            return null;
        }

        var columnType = TypeOf(shapes.Shapes, shape);
        var isIndexed = symbol.FindAttribute(KnownNames.Index) is not null;
        if (isIndexed && columnType is ViewColumnType.Json or ViewColumnType.Bytes or ViewColumnType.Single or ViewColumnType.Double or ViewColumnType.Decimal)
        {
            report(Rules.ViewShape, symbol, [type.Name, $"'{slot.Name}' can't have an [Index], because values of its type aren't compared alike by all databases; remove [Index]"]);
            return null;
        }

        if (isIndexed && symbol.FindAttribute(KnownNames.Key) is not null)
        {
            report(Rules.ViewShape, symbol, [type.Name, $"'{slot.Name}' is the key, which needs no [Index]; remove [Index]"]);
            return null;
        }

        return new ColumnModel
        {
            Property = Names.Escape(slot.Name),
            Type = declared.ToDisplayString(Names.FullyQualified),
            Unwrap = id?.Read ?? "{0}",
            Wrap = id?.Make ?? "{0}",
            Column = new ViewColumn(name, columnType, isNullable, isIndexed),
            Shape = shape,
            IsPlain = shapes.Shapes[shape].Kind == ShapeKind.Scalar,
        };
    }

    private static ITypeSymbol WithoutNull(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);

    private static ViewColumnType TypeOf(EquatableArray<ShapeModel> shapes, int shape) => shapes[shape] switch
    {
        { Kind: ShapeKind.Wrapper, IsReference: false } wrapper => TypeOf(shapes, wrapper.Element),
        { Kind: ShapeKind.Enum or ShapeKind.Flags } => ViewColumnType.Text,
        { Kind: ShapeKind.Scalar, Name: var name } => name switch
        {
            "Boolean" => ViewColumnType.Boolean,
            "SByte" or "Byte" or "Int16" => ViewColumnType.Int16,
            "UInt16" or "Int32" => ViewColumnType.Int32,
            "UInt32" or "Int64" or "IntPtr" => ViewColumnType.Int64,
            "UInt64" or "UIntPtr" or "Decimal" => ViewColumnType.Decimal,
            "Single" => ViewColumnType.Single,
            "Double" => ViewColumnType.Double,
            "Guid" => ViewColumnType.Guid,
            "DateTimeOffset" => ViewColumnType.DateTimeOffset,
            "DateTime" => ViewColumnType.DateTime,
            "DateOnly" => ViewColumnType.DateOnly,
            "TimeOnly" => ViewColumnType.TimeOnly,
            "TimeSpan" => ViewColumnType.TimeSpan,
            "Bytes" => ViewColumnType.Bytes,
            _ => ViewColumnType.Text, // String, Char, Uri
        },
        _ => ViewColumnType.Json,
    };
}
