using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Aggregates;

/// <summary>
/// Parses an <c>[EventSourced]</c> class and reports its errors. The generator and, in an editor, the analyzer use the same code, so that
/// everything that isn't generated is reported.
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
        Parse(type, compilation, report, cancellation, null);

    /// <summary>The model, or null. Also gives the types that the events store.</summary>
    public static AggregateModel? Parse(
        INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation, Action<IEnumerable<INamedTypeSymbol>>? stored) =>
        new AggregateParser(type, compilation, report, cancellation).Parse(stored);

    /// <summary>
    /// Reports a class that derives from an aggregate and isn't one: the members that create and load it would belong to its base.
    /// </summary>
    public static void CheckDerived(INamedTypeSymbol type, Action<Diagnostic> report)
    {
        if (type.BaseAggregate() is { } parent && !type.IsEventSourced())
        {
            report(Diagnostic.Create(Rules.BaseNotSupported, type.UserLocation(), type.Name, parent.Name, parent.IsAbstract
                ? "a class that derives from an aggregate must be an aggregate itself; put [EventSourced] on it"
                : "the base aggregate must be abstract, so that each stored event identifies the class of its aggregate"));
        }
    }

    /// <summary>Whether a part of the class is generated, though perhaps not for each of its members.</summary>
    public static bool IsWritten(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation) =>
        type.DeclaringSyntaxReferences.IsEmpty || new AggregateParser(type, compilation, null, cancellation).CheckClass();

    private AggregateModel? Parse(Action<IEnumerable<INamedTypeSymbol>>? stored)
    {
        if (!CheckClass())
        {
            return null;
        }

        CheckInheritedEvents();
        var idType = IdParser.FindType(_type, _compilation);
        var id = ParseId(idType);
        var shapes = FieldShapes.Of(_type, _compilation);
        var events = new EventParser(_type, id is null ? null : idType, _compilation, shapes, _report, _cancellation).ParseAll();
        stored?.Invoke(shapes.Written.Concat(_type.GetTypeMembers().Where(t => t.FindAttribute(KnownNames.Event) is not null)));
        var forgotten = _report is null ? [] : EventRules.WithoutEvent(_type, _cancellation);
        foreach (var member in forgotten)
        {
            ReportEventMissing(member, EventNameFor(forgotten));
        }
        // A class that lacks 'partial', too, may not be meant to be an aggregate.
        if (!_type.IsAbstract && !HasCreationMember() && !_type.UserDeclarations(_cancellation).OfType<TypeDeclarationSyntax>().Any(d => !d.IsPartial()) && !forgotten.Any(m => m.MethodKind == MethodKind.Constructor))
        {
            Report(Rules.NoCreationEvent, _type.UserLocation(), _type.Name);
        }

        if (_report is not null)
        {
            ApplyRules.Check(_type, forgotten.Count > 0 || _type.GetMembers().Any(EventRules.HasUnknownAttribute), _report);
        }

        return new AggregateModel
        {
            Shell = TypeShell.Of(_type) with { Quiet = NoticesOf(idType, shapes.Notices) },
            IsAbstract = _type.IsAbstract,
            Base = _type.BaseAggregate()?.ToDisplayString(Names.FullyQualified),
            // The rest of a class without a usable id is generated, so that the error of the id is the only one.
            Id = id ?? IdModel.Guid,
            IdAccessibility = id is null || idType!.Reach() >= _type.Reach() ? "public" : "internal",
            Events = events.ToEquatableArray(),
            Properties = PropertiesOf(_type).ToEquatableArray(),
            HasToString = HasToString(_type),
            HasRequiredMembers = MembersOf(_type).Any(m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }),
            Shapes = shapes.Shapes,
        };
    }

    // If exactly one Apply has no event, the member raises that event.
    private string? EventNameFor(IReadOnlyList<IMethodSymbol> forgotten) =>
        forgotten.Count == 1 && EventRules.Unknown(_type).Select(a => a.Type.Name).Distinct().ToList() is [var name] ? name : null;

    private void ReportEventMissing(IMethodSymbol member, string? name)
    {
        var properties = ImmutableDictionary<string, string?>.Empty;
        _report!(Diagnostic.Create(
            Rules.EventMissing, member.UserLocation(), name is null ? properties : properties.Add(EventRules.EventName, name),
            member.MethodKind == MethodKind.Constructor ? _type.Name : member.Name, name ?? "…"));
    }

    private EquatableArray<string> NoticesOf(ITypeSymbol? idType, UseNotices notices)
    {
        notices.Add(idType);
        foreach (var type in Ancestors(_type))
        {
            notices.Add(type);
            notices.AddMembersOf(type);
        }

        if (_type.IsSealed && _type.GetMembers().Any(m => m.DeclaredAccessibility is Accessibility.Protected or Accessibility.ProtectedOrInternal && m.FindAttribute(KnownNames.Event) is not null))
        {
            notices.Add("CS0628"); // a protected member in a sealed class
        }

        return notices.Ids;
    }

    private bool CheckClass() =>
        CheckLanguage() && TypeRules.Check(_type, TypeRules.Aggregate, _report, _cancellation) & CheckBase() & TypeRules.CheckNames(_type, m => ReservedNames.OfAggregates.Contains(m.Name), _report)
            & TypeRules.CheckOwnName(_type, TypeRules.Aggregate, ReservedNames.OfAggregates.Append("ToString"), _report) & TypeRules.CheckMembersOwnName(_type, _report);

    private bool CheckLanguage()
    {
        if (_compilation is not CSharpCompilation { LanguageVersion: < LanguageVersion.CSharp14 } old)
        {
            return true;
        }

        Report(Rules.LanguageVersion, _type.UserLocation(), _type.Name, old.LanguageVersion.ToDisplayString());
        return false;
    }

    // Reports members that would hide an event of the base. The class is still generated.
    private void CheckInheritedEvents()
    {
        foreach (var member in _type.GetMembers().Where(m => _type.BaseAggregate() is not null && m.IsUserWritten() && EventParser.InheritedEvent(_type, m.Name) is not null))
        {
            // An event of that name is reported at its attribute.
            if (member.FindAttribute(KnownNames.Event) is null || member is IMethodSymbol)
            {
                Report(Rules.ReservedMember, member.UserLocation(), member.Name);
            }
        }
    }

    private IdModel? ParseId(ITypeSymbol? type)
    {
        if (type is null)
        {
            return null;
        }

        if (type.TypeKind == TypeKind.Error)
        {
            Report(Rules.UnknownType, _type.UserLocation(), Names.Show(type), $"the id of '{_type.Name}'", UnknownTypes.ReasonOf(type));
            return null;
        }

        if (type is not INamedTypeSymbol { IsFileLocal: true } && IdParser.Parse(type, _compilation) is { } id && type.DeclaredAccessibility is not (Accessibility.Private or Accessibility.ProtectedAndInternal))
        {
            return id;
        }

        Report(Rules.IdTypeNotSupported, _type.UserLocation(), Names.Show(type), _type.Name, IdParser.WhyNot(type), UnknownTypes.Hint(type));
        return null;
    }

    /// <summary>Whether a base has a type with the name of the class. Inside the class, the name would mean that type.</summary>
    public static bool IsHiddenByBase(INamedTypeSymbol type) =>
        EventParser.InheritedEvent(type, type.Name) is not null || type.InheritedMember(type.Name) is INamedTypeSymbol;

    private bool CheckBase()
    {
        var parent = _type.BaseType;
        if (parent is null or { SpecialType: SpecialType.System_Object } or { TypeKind: TypeKind.Error })
        {
            return true;
        }

        string? reason = null;
        if (!parent.IsEventSourced())
        {
            if (!parent.InstanceConstructors.Any(c => c.Parameters.IsEmpty && _compilation.IsSymbolAccessibleWithin(c, _type) && !c.IsObsoleteError()))
            {
                reason = "the base class has no parameterless constructor that the generated constructor can call";
            }
            else if (ReservedNames.OfAggregates.Select(_type.InheritedMember).FirstOrDefault(m => m is not null) is { } member)
            {
                reason = $"its member '{Names.Show(member.ContainingType)}.{member.Name}' has the same name as a generated member; rename it, or remove the base class";
            }
            else if (Ancestors(parent).FirstOrDefault(a => a.BaseAggregate() is not null) is { } between)
            {
                if (!between.DeclaringSyntaxReferences.IsEmpty)
                {
                    return false; // reported at that class, see CheckDerived
                }

                reason = "a class between two aggregates must be an aggregate itself; put [EventSourced] on it";
            }
        }
        else if (!parent.IsAbstract)
        {
            reason = "the base aggregate must be abstract, so that each stored event identifies the class of its aggregate";
        }
        else if (IdParser.FindOwnType(_type) is { } own && IdParser.FindType(_type, _compilation) is { } inherited
            && !SymbolEqualityComparer.Default.Equals(own, inherited))
        {
            reason = $"the ids of the base are of the type {Names.Show(inherited)}, not {Names.Show(own)}; set IdType in the [EventSourced] of the base";
        }

        if (reason is null && IsHiddenByBase(_type))
        {
            reason = $"the base class has an event or a nested class that is also named '{_type.Name}', and inside the class the name would refer to that one; rename one of them";
        }
        // The error at the base gives the reason.
        if (reason is null && parent.IsEventSourced() && !IsWritten(parent, _compilation, _cancellation))
        {
            return false;
        }

        if (reason is not null)
        {
            Report(Rules.BaseNotSupported, _type.UserLocation(), _type.Name, parent.Name, reason);
        }

        return reason is null;
    }

    private bool HasCreationMember() => _type.GetMembers().Any(m => m.FindAttribute(KnownNames.Event) is { } attribute
        && (m is IMethodSymbol { MethodKind: MethodKind.Constructor } or IMethodSymbol { IsStatic: true }
            || (m is INamedTypeSymbol && attribute.NamedFlag("Creates", otherwise: false))))
        // The attribute may be a misspelt [Event], which the compiler reports.
        || _type.InstanceConstructors.Any(EventRules.HasUnknownAttribute);

    private static IEnumerable<string> PropertiesOf(INamedTypeSymbol type) => MembersOf(type)
        .OfType<IPropertySymbol>()
        .Where(p => p is { IsStatic: false, IsIndexer: false, GetMethod.DeclaredAccessibility: Accessibility.Public, Type: { IsRefLikeType: false, TypeKind: not (TypeKind.Pointer or TypeKind.FunctionPointer) } }
            // While the user types, a member may be declared twice, or its type may be unknown.
            && !UnknownTypes.In(p.Type).Any() && p.ContainingType.GetMembers(p.Name).Length == 1
            && p.ExplicitInterfaceImplementations.IsEmpty && !ReservedNames.OfAggregates.Contains(p.Name) && !p.IsObsoleteError())
        .Select(p => Names.Escape(p.Name))
        .Distinct();

    private static IEnumerable<ISymbol> MembersOf(INamedTypeSymbol type) =>
        Ancestors(type).Reverse().SelectMany(t => t.GetMembers().Where(m => m.IsUserWritten() || t.DeclaringSyntaxReferences.IsEmpty));

    private static bool HasToString(INamedTypeSymbol type) => Ancestors(type).Any(t => t.GetMembers("ToString")
        .Any(m => m is not IMethodSymbol { Parameters.IsEmpty: false } && (m.IsUserWritten() || (t.DeclaringSyntaxReferences.IsEmpty && !t.IsEventSourced()))));

    private static IEnumerable<INamedTypeSymbol> Ancestors(INamedTypeSymbol type)
    {
        for (var current = type; current is { SpecialType: not SpecialType.System_Object }; current = current.BaseType)
        {
            yield return current;
        }
    }

    private void Report(DiagnosticDescriptor rule, Location location, params object[] arguments) =>
        _report?.Invoke(Diagnostic.Create(rule, location, arguments));
}
