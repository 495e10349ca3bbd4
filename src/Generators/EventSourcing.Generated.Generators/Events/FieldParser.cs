using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Events;

/// <summary>Reads the fields of an event: the parameters of its member, or the properties of a record that the user wrote.</summary>
internal sealed class FieldParser(
    INamedTypeSymbol aggregate, string eventName, string typeName, Accessibility accessibility, ShapeParser shapes, Action<Diagnostic>? report)
{
    private readonly Dictionary<string, string> _taken = new(StringComparer.Ordinal) { ["timestamp"] = "the time of the event" };
    private bool _failed;

    /// <summary>The fields, or null when one of them can't be stored.</summary>
    public IReadOnlyList<FieldModel>? Parse(ISymbol member, EventTrigger trigger)
    {
        var creates = trigger is EventTrigger.Constructor or EventTrigger.Factory;
        var fields = member is INamedTypeSymbol record
            ? FieldsOf(record)
            : ((IMethodSymbol)member).Parameters
                .Where(p => !EventRules.IsTimestamp(p) && !(creates && p.Name == "id"))
                .Select(Field);
        var parsed = fields.ToList();
        return _failed ? null : parsed!;
    }

    // The fields are found like the members of an object: with inherited ones, and all its state.
    private IEnumerable<FieldModel> FieldsOf(INamedTypeSymbol record)
    {
        if (shapes.MembersOf(record, out var reason) is { } slots)
        {
            return slots.Select(s => Field(s.Symbol!.IsUserWritten() ? s.Symbol! : record, s));
        }

        Fail(Rules.UnsupportedType, record, reason!);
        return [];
    }

    private FieldModel Field(IParameterSymbol parameter) => Field(parameter, new MemberSlot(
        Names.Pascal(parameter.Name), parameter.Type, ShapeParser.ConverterOf(parameter), Placement.Argument,
        parameter.HasExplicitDefaultValue ? Names.Constant(parameter.ExplicitDefaultValue, parameter.Type) : null));

    private FieldModel Field(ISymbol symbol, MemberSlot slot)
    {
        var (property, type) = (slot.Name, slot.Type);
        if (symbol is IParameterSymbol)
        {
            CheckCollision(symbol, property);
        }

        if (!_taken.TryGetValue(Names.Camel(property), out var other))
        {
            _taken.Add(Names.Camel(property), $"'{symbol.Name}'");
        }
        else
        {
            Report(Rules.NameCollision, symbol, symbol.Name, other, $"the stored event would have two fields with the same name; rename the {Kind(symbol)}");
        }

        var shape = -1;
        if (UnknownTypes.In(type).FirstOrDefault() is { } unknown)
        {
            FailUnknown(symbol, unknown);
        }
        else
        {
            shape = AddShape(symbol, slot);
        }

        // A type that can't be stored at all has its error already.
        if (shape >= 0 && symbol is IParameterSymbol && type.Reach() < Math.Min(SymbolExtensions.Rank(accessibility), aggregate.Reach()))
        {
            Report(Rules.TypeLessAccessible, symbol, symbol.Name, eventName, Show(type));
        }

        return new FieldModel
        {
            Contract = new FieldContract
            {
                JsonName = Names.Camel(property),
                Property = Names.Escape(property),
                Type = type.ToDisplayString(Names.FullyQualified),
                Shape = shape,
                Default = slot.Default,
                IsRequired = IsRequired(slot),
            },
            Argument = symbol is IParameterSymbol ? Names.Escape(symbol.Name) : null,
            Placement = slot.Placement,
            KeepsInitialValue = slot.KeepsInitialValue,
            Conversion = slot.Conversion,
        };
    }

    // null! isn't a default: a missing value must not become null when the type doesn't allow null.
    private static bool IsRequired(MemberSlot slot) => !slot.KeepsInitialValue && slot.Placement != Placement.Assignment
        && (slot.Default is null || (slot.Default == "null!" && slot.Type is { IsReferenceType: true, NullableAnnotation: NullableAnnotation.NotAnnotated }));

    private void FailUnknown(ISymbol symbol, INamedTypeSymbol unknown)
    {
        if (UnknownTypes.WithoutArguments(symbol) is { } generic)
        {
            Report(Rules.UnknownType, symbol, generic, $"'{symbol.Name}' of the event '{eventName}'", "has no type arguments: write them between < and >");
        }
        // An event's type is generated, and only its name is known here.
        else if (TopicReader.IsEvent(unknown.Name, unknown.ContainingType ?? aggregate))
        {
            Fail(Rules.UnsupportedType, symbol, FieldShapes.EventAsField(unknown));
        }
        else
        {
            Report(Rules.UnknownType, symbol, Show(unknown), $"'{symbol.Name}' of the event '{eventName}'", UnknownTypes.ReasonOf(unknown));
        }
    }

    private int AddShape(ISymbol symbol, MemberSlot slot)
    {
        if (slot.Converter is null && symbol.HasNullConverter())
        {
            Report(Rules.ConverterShape, symbol, "null", Show(slot.Type));
            return -1;
        }

        var shape = shapes.Add(slot.Type, slot.Converter, out var reason);
        // Reported at the attribute that names it.
        if (shape < 0 && shapes.HasMisnamedConverter)
        {
            _failed = true;
        }
        else if (shape < 0 && shapes.BadConverter is { } bad)
        {
            Report(Rules.ConverterShape, symbol, bad.Converter.Name, Show(bad.Type));
        }
        else if (shape < 0)
        {
            Fail(Rules.UnsupportedType, symbol, reason!);
        }

        return shape;
    }

    private void CheckCollision(ISymbol symbol, string property)
    {
        if (property == typeName)
        {
            Report(Rules.NameCollision, symbol, symbol.Name, $"its event '{typeName}'", $"a member can't have the name of its type; rename the {Kind(symbol)}, or set another TypeName = \"…\" for the event");
        }
        else if (ReservedNames.OfRecords.Contains(property))
        {
            Report(Rules.NameCollision, symbol, symbol.Name, $"'{property}', which every record has", $"rename the {Kind(symbol)}");
        }
    }

    private static string Kind(ISymbol symbol) => symbol is IParameterSymbol ? "parameter" : "property";

    private static string Show(ITypeSymbol type) => Names.Show(type);

    private void Fail(DiagnosticDescriptor rule, ISymbol at, string reason) => Report(rule, at, at is INamedTypeSymbol ? $"The event '{eventName}'" : $"'{at.Name}' of the event '{eventName}'", reason);

    private void Report(DiagnosticDescriptor rule, ISymbol at, params object[] arguments)
    {
        _failed = true;
        report?.Invoke(Diagnostic.Create(rule, at.UserLocation(), arguments));
    }
}
