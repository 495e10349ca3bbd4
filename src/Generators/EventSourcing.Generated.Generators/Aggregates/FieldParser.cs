using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Serializers;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Aggregates;

/// <summary>Reads the fields of an event: the parameters of its member, or the properties of a record that the user wrote.</summary>
internal sealed class FieldParser(
    INamedTypeSymbol aggregate, string eventName, string typeName, Accessibility accessibility, ShapeCollector shapes, Action<Diagnostic>? report)
{
    // Members that every record has, and names that a record may not use.
    public static readonly HashSet<string> RecordMembers =
    [
        "Clone", "EqualityContract", "PrintMembers", "GetHashCode", "ToString", "Equals", "GetType", "MemberwiseClone", "Deconstruct",
        "Finalize", "ReferenceEquals",
    ];

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
                .Select(p => Field(p, p.Type, p.Name, Names.Pascal(p.Name), p));
        var parsed = fields.ToList();
        return _failed ? null : parsed!;
    }

    private IEnumerable<FieldModel> FieldsOf(INamedTypeSymbol record)
    {
        var primary = record.InstanceConstructors
            .Where(c => !c.IsImplicitlyDeclared || c.Parameters.Length == 0 || !SymbolEqualityComparer.Default.Equals(c.Parameters[0].Type, record))
            .OrderByDescending(c => c.Parameters.Length)
            .First();
        var byParameter = new HashSet<string>(primary.Parameters.Select(p => p.Name), StringComparer.OrdinalIgnoreCase);
        foreach (var parameter in primary.Parameters)
        {
            if (record.GetMembers().OfType<IPropertySymbol>().FirstOrDefault(p => string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)) is { } property)
                yield return Field(property, property.Type, parameter.Name, property.Name, parameter);
            else
                Fail(Rules.UnsupportedType, parameter, $"the record '{record.Name}' has no property for it");
        }

        foreach (var property in record.GetMembers().OfType<IPropertySymbol>())
        {
            if (property is { IsStatic: false, IsIndexer: false, SetMethod: not null, DeclaredAccessibility: Accessibility.Public } && !byParameter.Contains(property.Name))
                yield return Field(property, property.Type, null, property.Name, null);
        }
    }

    private FieldModel Field(ISymbol symbol, ITypeSymbol type, string? parameter, string property, IParameterSymbol? defaults)
    {
        if (symbol is IParameterSymbol)
            CheckCollision(symbol, property);
        if (!_taken.TryGetValue(Names.Camel(property), out var other))
            _taken.Add(Names.Camel(property), $"'{symbol.Name}'");
        else
            Report(Rules.NameCollision, symbol, symbol.Name, other, "the stored event would have two fields of one name; rename the parameter");

        var shape = -1;
        if (type.TypeKind == TypeKind.Error)
            _failed = true; // the compiler says it better
        else if (IsEvent(type))
            Fail(Rules.UnsupportedType, symbol, "it is an event itself, and generated types can't be fields of others");
        else
            shape = AddShape(symbol, type);

        if (symbol is IParameterSymbol && type.Reach() < Math.Min(SymbolExtensions.Rank(accessibility), aggregate.Reach()))
            Report(Rules.TypeLessAccessible, symbol, symbol.Name, eventName, Show(type));

        return new FieldModel
        {
            Property = Names.Escape(property),
            Parameter = parameter is null ? null : Names.Escape(parameter),
            Argument = symbol is IParameterSymbol ? Names.Escape(symbol.Name) : null,
            JsonName = Names.Camel(property),
            Type = type.ToDisplayString(Names.FullyQualified),
            Default = defaults is { HasExplicitDefaultValue: true } ? Names.Constant(defaults.ExplicitDefaultValue, defaults.Type) : null,
            Shape = shape,
        };
    }

    private int AddShape(ISymbol symbol, ITypeSymbol type)
    {
        var shape = shapes.Add(type, ShapeCollector.ConverterOf(symbol), out var reason);
        if (shape < 0 && shapes.BadConverter is { } bad)
            Report(Rules.ConverterShape, symbol, bad.Converter.Name, Show(bad.Type));
        else if (shape < 0)
            Fail(Rules.UnsupportedType, symbol, reason ?? $"{Show(type)} isn't supported");
        return shape;
    }

    private void CheckCollision(ISymbol symbol, string property)
    {
        if (property == typeName)
            Report(Rules.NameCollision, symbol, symbol.Name, $"its event '{typeName}'", "a member can't be named like its type; rename the parameter, or set another TypeName = \"…\" for the event");
        else if (RecordMembers.Contains(property))
            Report(Rules.NameCollision, symbol, symbol.Name, $"'{property}', which every record has", "rename the parameter");
    }

    private static bool IsEvent(ITypeSymbol type) => type.AllInterfaces.Any(i => i.IsNamed("EventSourcing.IEvent"));

    private static string Show(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    private void Fail(DiagnosticDescriptor rule, ISymbol at, string reason) => Report(rule, at, at.Name, eventName, reason);

    private void Report(DiagnosticDescriptor rule, ISymbol at, params object[] arguments)
    {
        _failed = true;
        report?.Invoke(Diagnostic.Create(rule, at.UserLocation(), arguments));
    }
}
