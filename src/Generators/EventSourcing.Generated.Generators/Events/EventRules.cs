using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Events;

/// <summary>Defines which members are event members, and which methods are an Apply. Analyzers use the same rules.</summary>
internal static class EventRules
{
    /// <summary>The key of the property of ESG0047 that contains the name of the event which the member seems to raise.</summary>
    public const string EventName = "EventName";

    /// <summary>How the member raises its event; null when it can't, with the reason, or without a reason when only 'partial' is missing.</summary>
    public static EventTrigger? TriggerOf(ISymbol member, INamedTypeSymbol aggregate, string eventName, out string? reason)
    {
        reason = member.GetAttributes().Count(a => a.AttributeClass?.IsNamed(KnownNames.Event) == true) > 1
            ? "has two [Event] attributes, but a member raises only one event; remove one of them"
            : null;
        if (reason is not null)
        {
            return null;
        }

        switch (member)
        {
            case INamedTypeSymbol record:
                reason = record switch
                {
                    { IsRecord: true, IsValueType: true } => "is a record struct, but an event must be a partial record class; remove 'struct'",
                    { IsRecord: false } or { IsValueType: true } => "isn't a record; declare the event as a partial record class",
                    { IsAbstract: true } => "is abstract, and an abstract event can't be raised; put [Event] on the records that derive from it",
                    { IsGenericType: true } => "is generic, but a stored event has a fixed set of fields; replace the type parameter with a type",
                    _ => null,
                };
                return reason is null && record.UserDeclarations().OfType<Microsoft.CodeAnalysis.CSharp.Syntax.TypeDeclarationSyntax>().All(d => d.IsPartial())
                    ? EventTrigger.Record
                    : null;
            case IMethodSymbol { MethodKind: MethodKind.Constructor, IsStatic: false } constructor:
                reason = ConstructorReason(constructor, aggregate) ?? ModifierReason(constructor) ?? ParameterReason(constructor);
                return reason is null && LacksBody(constructor) ? EventTrigger.Constructor : null;
            case IMethodSymbol { MethodKind: MethodKind.Ordinary } method:
                reason = MethodReason(method, aggregate) ?? ModifierReason(method) ?? ParameterReason(method);
                if (reason is not null || !LacksBody(method))
                {
                    return null;
                }

                return method.IsStatic ? EventTrigger.Factory : EventTrigger.Command;
            case IMethodSymbol { MethodKind: MethodKind.ExplicitInterfaceImplementation }:
                reason = "implements an interface explicitly, and such a method can't be partial; raise the event in a separate method, and call that method here";
                return null;
            default:
                reason = "isn't an instance constructor, an ordinary method or a record; put [Event] on one of these";
                return null;
        }
    }

    /// <summary>Whether it is the declaration of a partial member, and the user wrote no body elsewhere.</summary>
    private static bool LacksBody(IMethodSymbol method) => method.IsPartialDefinition && method.PartialImplementationPart?.IsUserWritten() != true;

    private static string? ConstructorReason(IMethodSymbol constructor, INamedTypeSymbol aggregate)
    {
        foreach (var declaration in constructor.UserDeclarations().OfType<ConstructorDeclarationSyntax>())
        {
            if (declaration.Identifier.ValueText != aggregate.Name)
            {
                return $"is neither a method, because it has no return type, nor a constructor, because the class is named '{aggregate.Name}'; write '{aggregate.Name}(…)', or 'void {declaration.Identifier.ValueText}(…)'";
            }

            if (declaration.Initializer is { } initializer && declaration.IsPartial())
            {
                return $"calls another constructor with '{initializer}', but its body is generated; remove the call";
            }
        }

        return null;
    }

    private static string? MethodReason(IMethodSymbol method, INamedTypeSymbol aggregate)
    {
        if (method.IsAsync || (!method.IsStatic && method.ReturnType.Name is "Task" or "ValueTask"))
        {
            return "is asynchronous; make decisions in an asynchronous method, and call a command from it";
        }

        if (method.IsGenericMethod)
        {
            return "is generic, but a stored event has a fixed set of fields; replace the type parameter with a type";
        }

        if (method.ReturnsByRef || method.ReturnsByRefReadonly)
        {
            return "returns by reference; return void, and read the state after the call";
        }

        if (method.IsAbstract)
        {
            return "is abstract, but its body is generated; remove 'abstract', or put [Event] on the methods that override it";
        }

        if (method.IsVirtual && aggregate.IsSealed)
        {
            return "is virtual in a sealed class; remove 'virtual'";
        }

        if (method.IsStatic)
        {
            return SymbolEqualityComparer.Default.Equals(method.ReturnType, aggregate)
                ? null
                : $"is static, but isn't a factory, which must return {aggregate.Name}";
        }

        return method.ReturnsVoid ? null : "returns a value; make decisions in an ordinary method, and call a command from it";
    }

    // The generated part copies the modifiers, and would have the same error.
    private static string? ModifierReason(IMethodSymbol method)
    {
        var modifiers = method.UserDeclarations().OfType<BaseMethodDeclarationSyntax>().SelectMany(d => d.Modifiers).ToList();
        if (modifiers.FirstOrDefault(m => m.Kind() is SyntaxKind.ReadOnlyKeyword or SyntaxKind.ConstKeyword or SyntaxKind.VolatileKeyword or SyntaxKind.RequiredKeyword) is { RawKind: not 0 } modifier)
        {
            return $"has the modifier '{modifier.Text}', which a member of this kind can't have; remove it";
        }

        var access = string.Join(" ", modifiers.Where(m => SyntaxFacts.IsAccessibilityModifier(m.Kind())).Select(m => m.Text).OrderBy(t => t, StringComparer.Ordinal).Distinct());
        return access is "" or "public" or "private" or "protected" or "internal" or "internal protected" or "private protected" ? null : $"has the access modifiers '{access}', which can't be combined; use only one of them";
    }

    private static string? ParameterReason(IMethodSymbol method)
    {
        foreach (var parameter in method.Parameters)
        {
            if (parameter.RefKind != RefKind.None)
            {
                return $"takes the parameter '{parameter.Name}' by reference, but a field of an event is a value; take it by value";
            }

            if (parameter.UserDeclarations().OfType<ParameterSyntax>().Any(p => p.Modifiers.Any(SyntaxKind.ThisKeyword)))
            {
                return $"has a parameter '{parameter.Name}' with 'this', which is allowed only in methods of static classes; remove 'this'";
            }

            if (parameter.IsParams)
            {
                return $"has a parameter '{parameter.Name}' with 'params'; remove 'params'";
            }

            if (parameter.Name == "timestamp" && !IsTimestamp(parameter))
            {
                return "has a parameter 'timestamp' that isn't a DateTimeOffset; the name is reserved for the time of the event, so give the parameter this type or another name";
            }
        }

        return method.IsVararg ? "has a variable number of arguments; use an array" : null;
    }

    /// <summary>
    /// Reports [Event] where it isn't read: on the first member of a class without [EventSourced], or on a type outside of such a class.
    /// </summary>
    public static void CheckOutside(ISymbol symbol, Action<Diagnostic> report)
    {
        // The compiler repeats a member of an extension as a static method.
        if (symbol.IsImplicitlyDeclared || symbol.FindAttribute(KnownNames.Event) is not { } attribute)
        {
            return;
        }

        if (symbol is IMethodSymbol { MethodKind: MethodKind.LocalFunction } or IMethodSymbol { ContainingType.IsExtension: true })
        {
            report(Diagnostic.Create(Rules.EventOutsideAggregate, attribute.LocationOf(symbol), symbol.Name, "make it a member of the aggregate's class"));
            return;
        }

        if (symbol.ContainingType?.IsEventSourced() == true)
        {
            return;
        }

        if (symbol is not IMethodSymbol { ContainingType: { } type } method)
        {
            report(Diagnostic.Create(Rules.EventOutsideAggregate, attribute.LocationOf(symbol), symbol.Name, symbol.ContainingType is null
                ? "move it into the aggregate's class"
                : "put [EventSourced] on the containing class"));
            return;
        }

        // One diagnostic is enough for a class: it lacks one attribute.
        if (SymbolEqualityComparer.Default.Equals(method, type.GetMembers().OfType<IMethodSymbol>().First(m => !m.IsImplicitlyDeclared && m.FindAttribute(KnownNames.Event) is not null)))
        {
            report(Diagnostic.Create(Rules.EventOutsideAggregate, attribute.LocationOf(method), method.MethodKind == MethodKind.Constructor ? type.Name : method.Name,
                "put [EventSourced] on the containing class"));
        }
    }

    /// <summary>Whether the parameter carries the event's time rather than a field.</summary>
    public static bool IsTimestamp(IParameterSymbol parameter) => parameter.Name == "timestamp"
        && (parameter.Type.IsNamed("System.DateTimeOffset")
            || (parameter.Type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [var type] } && type.IsNamed("System.DateTimeOffset")));

    /// <summary>The methods of the aggregate that are named Apply, by the name of the event's type that they take.</summary>
    public static IEnumerable<(IMethodSymbol Method, string EventType)> Applies(INamedTypeSymbol aggregate) => aggregate.GetMembers("Apply")
        .OfType<IMethodSymbol>()
        .Where(m => m.Parameters.Length > 0)
        .Select(m => (m, EventNamedBy(EventParameter(m), aggregate)));

    /// <summary>The parameter of an Apply that takes the event: the first, or the one after the header when the two are swapped.</summary>
    public static IParameterSymbol EventParameter(IMethodSymbol apply) => apply.Parameters[IsSwapped(apply) ? 1 : 0];

    private static bool IsSwapped(IMethodSymbol apply) => apply.Parameters is [var first, var second] && IsHeader(first.Type) && !IsHeader(second.Type);

    private static bool IsHeader(ITypeSymbol type) => type.IsNamed("EventSourcing.EventHeader");

    /// <summary>The Apply methods whose event type doesn't exist and won't be generated.</summary>
    public static IEnumerable<(IMethodSymbol Method, INamedTypeSymbol Type)> Unknown(INamedTypeSymbol aggregate)
    {
        HashSet<string>? events = null;
        foreach (var (apply, eventType) in Applies(aggregate))
        {
            if (EventParameter(apply).Type is not INamedTypeSymbol { TypeKind: TypeKind.Error, Name.Length: > 0 } type || !UnknownTypes.IsMissing(type))
            {
                continue;
            }

            events ??= new(TopicReader.All(aggregate).Select(e => e.TypeName), StringComparer.Ordinal);
            if (!events.Contains(eventType) && (type.ContainingType is not { } around || !around.IsEventSourced() || TopicReader.Declared(around).All(e => e.TypeName != type.Name)))
            {
                yield return (apply, type);
            }
        }
    }

    /// <summary>
    /// Partial members without a body that seem to lack their [Event]: constructors, methods that need a body, and methods of a class in
    /// which an Apply takes an event that isn't declared. Another attribute, of a member or its class, means that they belong to another
    /// generator.
    /// </summary>
    public static IReadOnlyList<IMethodSymbol> WithoutEvent(INamedTypeSymbol aggregate, CancellationToken cancellation)
    {
        var candidates = aggregate.GetMembers().OfType<IMethodSymbol>()
            .Where(m => m is { IsPartialDefinition: true, MethodKind: MethodKind.Constructor or MethodKind.Ordinary, IsGenericMethod: false } && m.GetAttributes().IsEmpty && LacksBody(m) && m.IsUserWritten())
            .ToList();
        cancellation.ThrowIfCancellationRequested();
        if (candidates.Count == 0)
        {
            return [];
        }

        var hasUnknown = Unknown(aggregate).Any();
        var isForOthers = aggregate.GetAttributes().Any(a => a.AttributeClass is { } attribute && !attribute.IsInSystem() && attribute.ContainingNamespace.ToDisplayString() != "EventSourcing");
        return [.. candidates.Where(m => m.MethodKind == MethodKind.Constructor
            || ((m is { ReturnsVoid: true, IsStatic: false } || SymbolEqualityComparer.Default.Equals(m.ReturnType, aggregate)) && (hasUnknown || (NeedsBody(m) && !isForOthers))))];
    }

    /// <summary>Whether an attribute of the member doesn't exist: it may be a misspelt [Event].</summary>
    public static bool HasUnknownAttribute(ISymbol member) =>
        member.GetAttributes().Any(a => a.AttributeClass is { TypeKind: TypeKind.Error });

    // Only a member such as 'partial void On();' needs no body.
    private static bool NeedsBody(IMethodSymbol method) =>
        !method.ReturnsVoid || method.UserDeclarations().OfType<MethodDeclarationSyntax>().Any(d => d.Modifiers.Any(m => SyntaxFacts.IsAccessibilityModifier(m.Kind()) || m.IsKind(SyntaxKind.VirtualKeyword) || m.IsKind(SyntaxKind.OverrideKeyword) || m.IsKind(SyntaxKind.NewKeyword) || m.IsKind(SyntaxKind.SealedKeyword)));

    /// <summary>The name of the event's type when the parameter may mean an event of the aggregate; else the type as it is written.</summary>
    private static string EventNamedBy(IParameterSymbol parameter, INamedTypeSymbol aggregate)
    {
        // While the generator runs, the type that it will write doesn't exist, so that the syntax counts. Types around a name are known.
        if (SymbolEqualityComparer.Default.Equals(parameter.Type.ContainingType, aggregate))
        {
            return parameter.Type.Name;
        }

        var written = (parameter.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() as ParameterSyntax)?.Type;
        if (written is NullableTypeSyntax nullable)
        {
            written = nullable.ElementType;
        }

        return written is IdentifierNameSyntax simple ? simple.Identifier.ValueText : written?.ToString() ?? parameter.Type.Name;
    }

    /// <summary>The error in the signature of an Apply; null when it can be called.</summary>
    public static string? ApplyReason(IMethodSymbol apply)
    {
        if (apply.IsPartialDefinition && apply.PartialImplementationPart is null)
        {
            return "has no body, so it changes nothing";
        }

        if (apply.IsStatic)
        {
            return "is static, but must change the state of one aggregate";
        }

        if (!apply.ReturnsVoid)
        {
            return "returns a value, which is never read";
        }

        if (apply.IsAsync)
        {
            return "is asynchronous, but events are applied synchronously";
        }

        if (apply.IsGenericMethod)
        {
            return "is generic";
        }

        if (apply.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal)
        {
            return $"is {Microsoft.CodeAnalysis.CSharp.SyntaxFacts.GetText(apply.DeclaredAccessibility)}, so other code could change the state without an event";
        }

        if (apply.Parameters.Any(p => p.RefKind is not (RefKind.None or RefKind.In)))
        {
            return "takes a parameter by reference";
        }

        if (IsSwapped(apply))
        {
            return "takes the header before the event";
        }

        if (apply.Parameters.Length > 2)
        {
            return "has more parameters than the event and its header, so generated code never calls it";
        }

        return apply.Parameters.Length == 1 || IsHeader(apply.Parameters[1].Type)
            ? null
            : "has a second parameter that isn't an EventHeader";
    }

    /// <summary>The Apply that is called for an event: of two, which is an error, the one with more parameters.</summary>
    public static IMethodSymbol? CalledOf(INamedTypeSymbol aggregate, string eventType) => Applies(aggregate)
        .Where(a => a.EventType == eventType && ApplyReason(a.Method) is null)
        .Select(a => a.Method)
        // If two have the same parameters, neither can be called.
        .GroupBy(m => m.Parameters.Length)
        .Where(g => g.Count() == 1)
        .OrderByDescending(g => g.Key)
        .FirstOrDefault()?.First();

    public static ApplyKind ApplyOf(INamedTypeSymbol aggregate, string eventType) => CalledOf(aggregate, eventType) switch
    {
        null => ApplyKind.None,
        { Parameters.Length: 2 } => ApplyKind.EventAndHeader,
        _ => ApplyKind.Event,
    };
}
