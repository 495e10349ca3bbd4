using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Refusals;
using EventSourcing.Generators.Serializers;
using EventSourcing.Generators.Serializers.Json;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0037: a generator doesn't see the code of other generators, but analyzers do. The generated code is compared with the code that would
/// be generated for the whole program.
/// </summary>
internal static class OtherGeneratorChecks
{
    public static void Check(INamedTypeSymbol aggregate, AggregateModel model, bool isBuild, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        if (CheckMembers(aggregate, model, compilation, report, cancellation))
        {
            CheckSerializer(aggregate, model, isBuild, compilation, report, cancellation);
        }
    }

    /// <summary>Whether the generator refused no member that could raise its event. A refused one is reported.</summary>
    private static bool CheckMembers(INamedTypeSymbol aggregate, AggregateModel model, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        var accepted = new HashSet<string>(model.Events.Select(e => e.Declaration), StringComparer.Ordinal);
        var good = true;
        foreach (var method in aggregate.GetMembers().OfType<IMethodSymbol>().Where(m => m.FindAttribute(KnownNames.Event) is not null))
        {
            // In an editor, a member has no body if the type of a parameter was unknown.
            if (method is { IsPartialDefinition: true, PartialImplementationPart: null } && accepted.Contains(EventParser.DeclarationOf(method))
                && method.Parameters.FirstOrDefault(p => HasForeignPart(p.Type.ToDisplayString(), compilation, cancellation)) is { } unknown)
            {
                good = false;
                report(Diagnostic.Create(Rules.DependsOnOtherGenerator, method.UserLocation(), method.MethodKind == MethodKind.Constructor ? aggregate.Name : method.Name,
                    $"{Rules.UnknownType.Id}: the type of '{unknown.Name}' is unknown when the event is generated"));
                continue;
            }

            if (method.PartialImplementationPart?.DeclaringSyntaxReferences.FirstOrDefault() is not { } generated
                || !SymbolExtensions.IsGenerated(generated.SyntaxTree) || !generated.SyntaxTree.FilePath.EndsWith($".{RefusalGenerator.Feature}.g.cs", StringComparison.Ordinal)
                || !accepted.Contains(EventParser.DeclarationOf(method)))
            {
                continue;
            }

            good = false;
            var reason = generated.GetSyntax(cancellation).DescendantNodes().OfType<LiteralExpressionSyntax>().LastOrDefault(l => l.IsKind(SyntaxKind.StringLiteralExpression));
            report(Diagnostic.Create(Rules.DependsOnOtherGenerator, method.UserLocation(), method.MethodKind == MethodKind.Constructor ? aggregate.Name : method.Name, reason?.Token.ValueText ?? ""));
        }

        return good;
    }

    private static void CheckSerializer(INamedTypeSymbol aggregate, AggregateModel model, bool isBuild, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        if (aggregate.GetTypeMembers("EventJson").FirstOrDefault()?.DeclaringSyntaxReferences.FirstOrDefault() is not { SyntaxTree: var tree } || !SymbolExtensions.IsGenerated(tree))
        {
            return;
        }

        var serializer = SerializerParser.Parse(model);
        var expected = new SourceWriter();
        SerializerEmitter.WriteFile(serializer, expected);
        var generated = tree.GetText(cancellation).ToString();
        if (generated == expected.ToString() || SerializerEmitter.FirstDifference(serializer, generated) is not { } name)
        {
            return;
        }
        // In an editor, the generated code may be older than the text; then only a type with a part of another generator counts.
        if (isBuild || HasForeignPart(name, compilation, cancellation))
        {
            report(Diagnostic.Create(Rules.DependsOnOtherGenerator, aggregate.UserLocation(), name,
                "only a part of its values would be stored; declare the missing members yourself, or give the type a converter with [StateConverter(typeof(…))]"));
        }
    }

    private static bool HasForeignPart(string name, Compilation compilation, CancellationToken cancellation)
    {
        var simple = name.Substring(name.LastIndexOf('.') + 1).Split('<')[0].TrimEnd('?', '[', ']');
        return compilation.GetSymbolsWithName(simple, SymbolFilter.Type, cancellation).SelectMany(s => s.DeclaringSyntaxReferences).Any(r => IsForeign(r.SyntaxTree, cancellation));
    }

    private static bool IsForeign(SyntaxTree tree, CancellationToken cancellation) => !SymbolExtensions.IsGenerated(tree)
        && (tree.FilePath.EndsWith(".g.cs", StringComparison.OrdinalIgnoreCase) || tree.FilePath.EndsWith(".generated.cs", StringComparison.OrdinalIgnoreCase)
            || tree.GetRoot(cancellation).GetLeadingTrivia().ToFullString().Contains("<auto-generated"));
}
