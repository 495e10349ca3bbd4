using System.Globalization;
using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Refusals;

/// <summary>Finds the members for which nothing else is generated: those with [Event], and those that seem to lack it.</summary>
internal static class RefusalParser
{
    private static readonly SymbolDisplayFormat Signature = Names.FullyQualified
        .WithGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints)
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeRef)
        .WithParameterOptions(SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeParamsRefOut);

    /// <summary>The members without a generated event, or null when there are none, or no part of the class can be written.</summary>
    /// <param name="type">A class with [Event] on members.</param>
    /// <param name="model">The model of the class; null when nothing else is generated for it.</param>
    /// <param name="found">The diagnostics of the class.</param>
    /// <param name="compilation">The compilation of the class.</param>
    /// <param name="cancellation">Cancels the search.</param>
    public static RefusalModel? Parse(INamedTypeSymbol type, AggregateModel? model, IReadOnlyList<Diagnostic> found, Compilation compilation, CancellationToken cancellation)
    {
        var members = type.GetMembers().Where(m => m.FindAttribute(KnownNames.Event) is not null).ToList();
        // Nearly always all members are accepted, and this code runs at each keystroke.
        if (members.Count == (model?.Events.Count ?? 0) && (model is null || found.Count == 0))
        {
            return null;
        }

        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (!current.CanBeReferencedByName || current.IsFileLocal
                || (!TypeRules.IsWrittenWithoutPartial(type) && current.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().Any(d => !d.IsPartial())))
            {
                return null;
            }
        }

        // A member that returns the class can't be declared again.
        if (AggregateParser.IsHiddenByBase(type))
        {
            return null;
        }

        var forgotten = type.IsEventSourced() ? EventRules.WithoutEvent(type, cancellation) : [];
        var accepted = new HashSet<string>(model is null ? [] : model.Events.Select(e => e.Declaration), StringComparer.Ordinal);
        var events = new HashSet<string>(model is null ? [] : model.Events.Select(EventCode.PlainName), StringComparer.Ordinal);
        var declared = new HashSet<string>(type.GetMembers().Select(m => m.Name), StringComparer.Ordinal) { type.Name };
        declared.UnionWith(model is null ? [] : events.Concat(ReservedNames.OfAggregates));
        var hidden = HiddenTypes.NamedIn(type, cancellation);
        var methods = members.OfType<IMethodSymbol>().Concat(forgotten)
            // Accessors, operators, finalizers and primary constructors can't be declared again.
            .Where(m => m.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor or MethodKind.Ordinary or MethodKind.ExplicitInterfaceImplementation
                && m.UserDeclarations(cancellation).FirstOrDefault() is BaseMethodDeclarationSyntax)
            // An incomplete member, which has no name yet, can't be declared again.
            .Where(m => !m.IsHalfTyped() && (m.IsStatic || !type.IsStatic))
            .Select(m => (Method: m, Part: PartOf(m), Event: m.FindAttribute(KnownNames.Event)))
            .Where(m => !(m.Event is not null && m.Part == MissingPart.Body && accepted.Contains(EventParser.DeclarationOf(m.Method)) && events.Contains(NameOf(m.Method, m.Event))))
            .Select(m => accepted.Contains(EventParser.DeclarationOf(m.Method)) ? m with { Part = MissingPart.None } : m)
            .ToList();
        var records = methods.Select(m => m.Event is not null && CanHaveRecord(m.Method, NameOf(m.Method, m.Event), declared, hidden)).ToList();

        var unknown = members.SelectMany(TypesOf).Concat(IdParser.CreateIds(type).SelectMany(TypesOf)).Concat(forgotten.SelectMany(TypesOf)).SelectMany(UnknownTypes.In)
            .Concat(type.IsEventSourced() ? EventRules.Unknown(type).Select(a => a.Type) : [])
            .Where(t => UnknownTypes.IsMissing(t) && (t.ContainingType is null || SymbolEqualityComparer.Default.Equals(t.ContainingType, type)) && SyntaxFacts.IsValidIdentifier(t.Name) && !declared.Contains(t.Name))
            .GroupBy(t => (t.Name, t.Arity))
            .Select(g => g.First())
            .ToList();
        var written = new HashSet<string>(declared, StringComparer.Ordinal);
        declared.UnionWith(unknown.Select(t => t.Name));
        var unknownTypes = unknown
            .Select(t => Names.Escape(t.Name) + (t.Arity == 0 ? "" : $"<{string.Join(", ", Enumerable.Range(1, t.Arity).Select(n => $"T{n}"))}>"))
            .ToEquatableArray();

        var isBaseWritten = type.BaseAggregate() is { } parent && AggregateParser.IsWritten(parent, compilation, cancellation);
        var isUnsafe = compilation.Options is CSharpCompilationOptions { AllowUnsafe: true } && type.UserDeclarations(cancellation).Any(IsUnsafe);
        var notices = new UseNotices();
        var refused = new List<RefusedMember>();
        for (var i = 0; i < methods.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (method, part, attribute) = methods[i];
            if (part == MissingPart.None && !records[i])
            {
                continue;
            }

            notices.AddSignature(method);
            var isSound = DeclarationErrors.Allow(method, compilation, declared, cancellation) && (isUnsafe || !HasPointers(method) || method.UserDeclarations(cancellation).Any(IsUnsafe));
            var isWritten = part != MissingPart.None && isSound;
            refused.Add(new RefusedMember(
                isWritten ? DeclarationOf(method) : null, part == MissingPart.Declaration,
                isWritten && part == MissingPart.Body ? InitializerOf(method, isBaseWritten) : null,
                TypesOf(method).SelectMany(UnknownTypes.In).Any(t => UnknownTypes.IsMissing(t) && !written.Contains(t.Name)),
                records[i] ? RecordOf(method, attribute!, isSound) : null,
                ReasonOf(method, found)));
        }

        var shell = TypeShell.Of(type);
        return refused.Count + unknownTypes.Count == 0 ? null : new RefusalModel
        {
            Shell = shell with { Quiet = notices.Ids, Heading = (isUnsafe ? "unsafe " : "") + shell.Heading },
            Members = refused.ToEquatableArray(),
            UnknownTypes = unknownTypes,
        };
    }

    /// <summary>The part of a partial member that is missing.</summary>
    private enum MissingPart
    {
        None,
        Body,
        Declaration,
    }

    private static MissingPart PartOf(IMethodSymbol method) =>
        method.IsPartialDefinition ? (method.PartialImplementationPart is null ? MissingPart.Body : MissingPart.None)
        : method.UserDeclarations().OfType<BaseMethodDeclarationSyntax>().Any(d => d.IsPartial()) ? MissingPart.Declaration
        : MissingPart.None;

    private static bool IsUnsafe(SyntaxNode declaration) => declaration is MemberDeclarationSyntax { Modifiers: var modifiers } && modifiers.Any(SyntaxKind.UnsafeKeyword);

    private static bool HasPointers(IMethodSymbol method) =>
        method.Parameters.Select(p => p.Type).Append(method.ReturnType).Any(t => ((t as IArrayTypeSymbol)?.ElementType ?? t).TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer);

    private static string NameOf(IMethodSymbol method, AttributeData attribute) =>
        attribute.ConstructorArguments is [{ Value: string given }] ? TopicReader.TypeNameOf(method, attribute, given) : "";

    /// <summary>The error at the member, or else the first one at its class.</summary>
    private static string ReasonOf(IMethodSymbol method, IReadOnlyList<Diagnostic> found)
    {
        var syntax = method.UserDeclarations().First();
        var reason = found.FirstOrDefault(d => d.Location.SourceTree == syntax.SyntaxTree && syntax.Span.Contains(d.Location.SourceSpan)) ?? found.FirstOrDefault();
        return reason is null ? "The member can't raise an event, because its declaration has an error." : $"{reason.Id}: {reason.GetMessage(CultureInfo.InvariantCulture)}";
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
        var modifiers = string.Join(" ", syntax.Modifiers.Where(m => !m.IsKind(SyntaxKind.AsyncKeyword) && !m.IsKind(SyntaxKind.ExternKeyword)).Select(m => m.Text));
        var declaration = method.ToDisplayString(Signature);
        // Names such as 'file' are keywords there.
        if (method.MethodKind == MethodKind.Constructor)
        {
            declaration = Names.Escape(method.ContainingType.Name) + declaration.Substring(declaration.IndexOf('('));
        }
        else if (method.ReturnType.ToDisplayString(Names.FullyQualified) is var returned && declaration.StartsWith(returned, StringComparison.Ordinal))
        {
            declaration = EventParser.ReturnTypeOf(method) + declaration.Substring(returned.Length);
        }

        return $"{modifiers} {declaration}";
    }

    private static string? InitializerOf(IMethodSymbol method, bool isBaseWritten)
    {
        if (method.MethodKind != MethodKind.Constructor || method.ContainingType.BaseType is not { SpecialType: not SpecialType.System_Object } parent)
        {
            return null;
        }
        // The constructor of an abstract aggregate is generated, and isn't visible here.
        if (isBaseWritten && parent.IsAbstract && parent.IsEventSourced())
        {
            return $"base(default({KnownNames.Services}.Rehydration), default!)";
        }

        var smallest = parent.InstanceConstructors.Where(c => c.DeclaredAccessibility != Accessibility.Private).OrderBy(c => c.Parameters.Length).FirstOrDefault();
        return smallest is null or { Parameters.IsEmpty: true }
            ? null
            : $"base({string.Join(", ", smallest.Parameters.Select(p => $"default({p.Type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(Names.FullyQualified)})!"))})";
    }

    private static bool CanHaveRecord(IMethodSymbol method, string name, HashSet<string> taken, HashSet<string> hidden) =>
        EventParser.CollisionOf(name, method, method.ContainingType, hidden).Collision is null && taken.Add(name);

    private static string RecordOf(IMethodSymbol method, AttributeData attribute, bool isSound)
    {
        var name = NameOf(method, attribute);
        var properties = new HashSet<string>(ReservedNames.OfRecords, StringComparer.Ordinal) { name };
        var parameters = method.Parameters
            .Where(p => isSound && !method.IsGenericMethod && p.RefKind == RefKind.None && CanBeProperty(p.Type) && properties.Add(Names.Pascal(p.Name)))
            .ToList();
        // The record isn't more accessible than the types of its parameters.
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
