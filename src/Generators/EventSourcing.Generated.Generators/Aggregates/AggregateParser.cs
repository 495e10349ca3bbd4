using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Serializers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Aggregates;

/// <summary>
/// Reads an <c>[EventSourced]</c> class. The generator asks it for the model, the analyzer for what is wrong: what one refuses
/// is what the other reports.
/// </summary>
internal sealed class AggregateParser
{
    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly Action<Diagnostic>? _report;
    private readonly CancellationToken _cancellation;

    private AggregateParser(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation) =>
        (_type, _compilation, _report, _cancellation) = (type, compilation, report, cancellation);

    /// <summary>The model, or null when nothing can be generated for the class.</summary>
    public static AggregateModel? Parse(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation) =>
        new AggregateParser(type, compilation, report, cancellation).Parse();

    /// <summary>The first part of the topics: as the attribute says, or the names of the class and its outer classes.</summary>
    public static string TopicOf(INamedTypeSymbol type)
    {
        if (type.FindAttribute(KnownNames.EventSourced) is { ConstructorArguments: [{ Value: string { Length: > 0 } given }] })
            return given;
        var name = type.Name;
        for (var outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
            name = outer.Name + "." + name;
        return name;
    }

    /// <summary>Whether a part of the class is written at all, though perhaps not for each of its members.</summary>
    public static bool IsWritten(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation) =>
        new AggregateParser(type, compilation, null, cancellation).Check() is not null;

    private AggregateModel? Parse()
    {
        if (Check() is not { Type: var idType, Model: var id })
            return null;

        var shapes = new ShapeCollector(_compilation, _type);
        var events = new EventParser(_type, idType, _compilation, shapes, _report, _cancellation).ParseAll();
        if (!_type.IsAbstract && !HasCreationMember())
            Report(Rules.NoCreationEvent, _type.UserLocation(), _type.Name);

        return new AggregateModel
        {
            Shell = TypeShell.Of(_type),
            IsAbstract = _type.IsAbstract,
            Base = _type.BaseAggregate()?.ToDisplayString(Names.FullyQualified),
            Id = id,
            IdAccessibility = idType.Reach() >= _type.Reach() ? "public" : "internal",
            Events = events.ToEquatableArray(),
            Properties = PropertiesOf(_type).ToEquatableArray(),
            HasToString = HasToString(_type),
            HasRequiredMembers = MembersOf(_type).Any(m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }),
            Shapes = shapes.Shapes,
        };
    }

    /// <summary>The id, or null when nothing can be generated for the class.</summary>
    private (ITypeSymbol Type, IdModel Model)? Check()
    {
        if (!TypeRules.Check(_type, TypeRules.Aggregate, _report, _cancellation) | !CheckBase() | !TypeRules.CheckNames(_type, ReservedNames, _report)
            | !TypeRules.CheckOwnName(_type, TypeRules.Aggregate, ReservedNames.Append("ToString"), _report))
            return null;

        var idType = IdParser.FindType(_type, _compilation);
        if (idType is null or { TypeKind: TypeKind.Error })
            return null;
        if (IdParser.Parse(idType, _compilation) is not { } id || idType.DeclaredAccessibility is Accessibility.Private or Accessibility.ProtectedAndInternal)
        {
            Report(Rules.IdTypeNotSupported, _type.UserLocation(), Show(idType), _type.Name);
            return null;
        }

        return (idType, id);
    }

    private bool CheckBase()
    {
        var parent = _type.BaseType;
        if (parent is null or { SpecialType: SpecialType.System_Object } or { TypeKind: TypeKind.Error })
            return true;
        string? reason = null;
        if (!parent.IsEventSourced())
        {
            if (!parent.InstanceConstructors.Any(c => c.Parameters.IsEmpty && _compilation.IsSymbolAccessibleWithin(c, _type) && !c.IsObsoleteError()))
                reason = "it has no constructor without parameters, which the generated one calls";
            else if (ReservedNames.Select(_type.InheritedMember).FirstOrDefault(m => m is not null) is { } member)
                reason = $"its member '{Show(member.ContainingType)}.{member.Name}' has the name of a generated one; rename it, or do without the base";
            else if (Ancestors(parent).Any(a => a.IsEventSourced()))
                reason = "a class between two aggregates must be an aggregate itself; put [EventSourced] on it";
        }
        else if (!parent.IsAbstract)
        {
            reason = "only abstract aggregates can be derived from, so that every stored event says what it belongs to";
        }
        else if (IdParser.FindOwnType(_type) is { } own && IdParser.FindType(_type, _compilation) is { } inherited
            && !SymbolEqualityComparer.Default.Equals(own, inherited))
        {
            reason = $"its ids are {Show(inherited)}, not {Show(own)}; set IdType in the [EventSourced] of the base";
        }

        if (reason is null && (EventParser.InheritedEvent(_type, _type.Name) is not null || _type.InheritedMember(_type.Name) is INamedTypeSymbol))
            reason = $"it has an event or a nested class that is named '{_type.Name}', too, and inside the class the name would mean that one; rename one of them";
        // The error at the base says why.
        if (reason is null && parent.IsEventSourced() && !parent.DeclaringSyntaxReferences.IsEmpty && !IsWritten(parent, _compilation, _cancellation))
            return false;
        if (reason is not null)
            Report(Rules.BaseNotSupported, _type.UserLocation(), _type.Name, parent.Name, reason);
        return reason is null;
    }

    private bool HasCreationMember() => _type.GetMembers().OfType<IMethodSymbol>().Any(m =>
        (m.MethodKind == MethodKind.Constructor || m.IsStatic) && m.FindAttribute(KnownNames.Event) is not null);

    /// <summary>Names that the generated part takes.</summary>
    internal static readonly HashSet<string> ReservedNames =
    [
        "Id", "Version", "CreatedOn", "ModifiedOn", "PendingEvents", "Raise", "RaiseEvent", "ApplyEvent", "WriteEvent", "ReadEvent",
        "GetTopic", "EventJson", "_aggregateCore",
    ];

    private static IEnumerable<string> PropertiesOf(INamedTypeSymbol type) => MembersOf(type)
        .OfType<IPropertySymbol>()
        .Where(p => p is { IsStatic: false, IsIndexer: false, GetMethod.DeclaredAccessibility: Accessibility.Public, IsOverride: false, Type: { IsRefLikeType: false, TypeKind: not (TypeKind.Pointer or TypeKind.FunctionPointer) } }
            && p.ExplicitInterfaceImplementations.IsEmpty && !ReservedNames.Contains(p.Name) && !p.IsObsoleteError())
        .Select(p => Names.Escape(p.Name))
        .Distinct();

    private static IEnumerable<ISymbol> MembersOf(INamedTypeSymbol type) =>
        Ancestors(type).Reverse().SelectMany(t => t.GetMembers().Where(m => m.IsUserWritten() || t.DeclaringSyntaxReferences.IsEmpty));

    private static bool HasToString(INamedTypeSymbol type) => Ancestors(type).Any(t => t.GetMembers("ToString").OfType<IMethodSymbol>()
        .Any(m => m.Parameters.IsEmpty && (m.IsUserWritten() || (t.DeclaringSyntaxReferences.IsEmpty && !t.IsEventSourced()))));

    private static IEnumerable<INamedTypeSymbol> Ancestors(INamedTypeSymbol type)
    {
        for (var current = type; current is { SpecialType: not SpecialType.System_Object }; current = current.BaseType)
            yield return current;
    }

    private static string Show(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    private void Report(DiagnosticDescriptor rule, Location location, params object[] arguments) =>
        _report?.Invoke(Diagnostic.Create(rule, location, arguments));
}
