using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Aggregates.Refusals;

/// <summary>Finds the members with [Event] for which nothing else is generated.</summary>
internal static class RefusalParser
{
    private static readonly SymbolDisplayFormat Signature = Names.FullyQualified
        .WithGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints)
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeRef)
        .WithParameterOptions(SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeParamsRefOut);

    /// <summary>The members without a generated event, or null when there are none, or no part of the class can be written.</summary>
    /// <param name="type">A class with [Event] on members.</param>
    /// <param name="model">What is generated for it; null when nothing is.</param>
    /// <param name="found">What is wrong with it.</param>
    /// <param name="compilation">Where it stands.</param>
    /// <param name="cancellation">Gives up.</param>
    public static RefusalModel? Parse(INamedTypeSymbol type, AggregateModel? model, IReadOnlyList<Diagnostic> found, Compilation compilation, CancellationToken cancellation)
    {
        var members = type.GetMembers().Where(m => m is not IMethodSymbol { PartialDefinitionPart: not null } && m.FindAttribute(KnownNames.Event) is not null).ToList();
        // Nearly always all are accepted, and this runs with each key that is typed.
        if (members.Count == (model?.Events.Count ?? 0))
            return null;
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (!current.CanBeReferencedByName || current.IsFileLocal || current.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().Any(d => !d.IsPartial()))
                return null;
        }

        // What returns the class can't be declared again.
        if (AggregateParser.IsHiddenByBase(type))
            return null;

        var accepted = new HashSet<string>(model is null ? [] : model.Events.Select(e => e.Declaration), StringComparer.Ordinal);
        var taken = new HashSet<string>(type.GetMembers().Select(m => m.Name), StringComparer.Ordinal) { type.Name };
        taken.UnionWith(model is null ? [] : model.Events.Select(e => e.TypeName.TrimStart('@')).Concat(AggregateParser.ReservedNames));
        var hidden = HiddenTypes.NamedIn(type, cancellation);
        var isBaseWritten = type.BaseAggregate() is { } parent && AggregateParser.IsWritten(parent, compilation, cancellation);
        var refused = new List<RefusedMember>();
        foreach (var method in members.OfType<IMethodSymbol>())
        {
            cancellation.ThrowIfCancellationRequested();
            // Half typed: what has no name yet can't be written again.
            if (method.IsHalfTyped() || (type.IsStatic && !method.IsStatic))
                continue;
            var needsBody = method is { IsPartialDefinition: true, PartialImplementationPart: null };
            if (needsBody && accepted.Contains(EventParser.DeclarationOf(method)))
                continue;
            var record = RecordOf(method, method.FindAttribute(KnownNames.Event)!, taken, hidden);
            if (needsBody || record is not null)
                refused.Add(new RefusedMember(needsBody ? DeclarationOf(method) : null, needsBody ? InitializerOf(method, isBaseWritten) : null, record, ReasonOf(method, found)));
        }

        var unknown = members.SelectMany(TypesOf).Concat(IdParser.CreateIds(type).SelectMany(TypesOf)).SelectMany(UnknownTypes.In)
            .Where(t => UnknownTypes.IsMissing(t) && t.ContainingType is null && SyntaxFacts.IsValidIdentifier(t.Name) && taken.Add(t.Name))
            .Select(t => Names.Escape(t.Name) + (t.Arity == 0 ? "" : $"<{string.Join(", ", Enumerable.Range(1, t.Arity).Select(n => $"T{n}"))}>"))
            .ToEquatableArray();
        return refused.Count + unknown.Count == 0 ? null : new RefusalModel { Shell = TypeShell.Of(type), Members = refused.ToEquatableArray(), UnknownTypes = unknown };
    }

    /// <summary>The error at the member, or else the one at its class.</summary>
    private static string ReasonOf(IMethodSymbol method, IReadOnlyList<Diagnostic> found)
    {
        var syntax = method.UserDeclarations().First();
        var reason = found.FirstOrDefault(d => d.Location.SourceTree == syntax.SyntaxTree && syntax.Span.Contains(d.Location.SourceSpan)) ?? found.FirstOrDefault();
        return reason is null ? "The member can't raise an event, because the compiler doesn't understand it." : $"{reason.Id}: {reason.GetMessage(CultureInfo.InvariantCulture)}";
    }

    private static IEnumerable<ITypeSymbol> TypesOf(ISymbol member) => member switch
    {
        IMethodSymbol method => method.Parameters.Select(p => p.Type).Append(method.ReturnType),
        INamedTypeSymbol record => record.GetMembers().OfType<IPropertySymbol>().Select(p => p.Type),
        _ => [],
    };

    private static string DeclarationOf(IMethodSymbol method)
    {
        var syntax = (BaseMethodDeclarationSyntax)method.UserDeclarations().First();
        var modifiers = string.Join(" ", syntax.Modifiers.Where(m => !m.IsKind(SyntaxKind.AsyncKeyword)).Select(m => m.Text));
        var declaration = method.ToDisplayString(Signature);
        // Names such as 'file' are keywords there.
        if (method.MethodKind == MethodKind.Constructor)
            declaration = Names.Escape(method.ContainingType.Name) + declaration.Substring(declaration.IndexOf('('));
        return $"{modifiers} {declaration}";
    }

    private static string? InitializerOf(IMethodSymbol method, bool isBaseWritten)
    {
        if (method.MethodKind != MethodKind.Constructor || method.ContainingType.BaseType is not { SpecialType: not SpecialType.System_Object } parent)
            return null;
        // The constructor of an abstract aggregate is generated, and not in sight here.
        if (isBaseWritten && parent.IsAbstract && parent.IsEventSourced())
            return $"base(default({KnownNames.Services}.Rehydration), default!)";
        var smallest = parent.InstanceConstructors.Where(c => c.DeclaredAccessibility != Accessibility.Private).OrderBy(c => c.Parameters.Length).FirstOrDefault();
        return smallest is null or { Parameters.IsEmpty: true }
            ? null
            : $"base({string.Join(", ", smallest.Parameters.Select(p => $"default({p.Type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(Names.FullyQualified)})!"))})";
    }

    private static string? RecordOf(IMethodSymbol method, AttributeData attribute, HashSet<string> taken, HashSet<string> hidden)
    {
        var name = attribute.ConstructorArguments is [{ Value: string given }] ? TopicReader.TypeNameOf(method, attribute, given) : "";
        if (EventParser.CollisionOf(name, method, method.ContainingType, hidden).Collision is not null || !taken.Add(name))
            return null;
        var properties = new HashSet<string>(FieldParser.RecordMembers, StringComparer.Ordinal) { name };
        var parameters = method.Parameters
            .Where(p => !method.IsGenericMethod && p.RefKind == RefKind.None && CanBeProperty(p.Type) && properties.Add(Names.Pascal(p.Name)))
            .ToList();
        // Not more accessible than what it is made of.
        var reach = parameters.Select(p => p.Type.Reach()).Append(4).Min();
        var accessibility = reach < SymbolExtensions.Rank(Accessibility.Internal) ? Accessibility.Private
            : reach < SymbolExtensions.Rank(Accessibility.Public) ? Accessibility.Internal
            : EventParser.AccessibilityOf(method, attribute);
        var fields = string.Join(", ", parameters.Select(p => $"{p.Type.ToDisplayString(Names.FullyQualified)} {Names.Escape(Names.Pascal(p.Name))}"));
        return $"{SyntaxFacts.GetText(accessibility)} sealed record {Names.Escape(name)}({fields})";
    }

    private static bool CanBeProperty(ITypeSymbol type) =>
        !type.IsObsoleteError() && type is { IsRefLikeType: false, TypeKind: not (TypeKind.Pointer or TypeKind.FunctionPointer) } && !UnknownTypes.In(type).Any();
}
