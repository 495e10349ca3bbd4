using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Serializers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0047: what was generated differs from what would be generated now, when the members are in sight that another generator added to
/// partial types.
/// </summary>
internal static class CompletedTypeChecks
{
    public static void Check(INamedTypeSymbol aggregate, AggregateModel? model, Compilation compilation, Action<Diagnostic> report)
    {
        var name = TypeShell.Of(aggregate).MetadataName + ".Json.g.cs";
        var generated = aggregate.DeclaringSyntaxReferences.Select(r => r.SyntaxTree)
            .FirstOrDefault(t => SymbolExtensions.IsGenerated(t) && t.FilePath.EndsWith(name, StringComparison.Ordinal));
        if (generated is null || PartialTypeOf(aggregate, compilation) is not { } type)
            return;
        if (model is not null)
        {
            var writer = new SourceWriter();
            model.Shell.Write(writer, "", members => SerializerEmitter.Write(model, members));
            if (writer.ToSourceText().ContentEquals(generated.GetText()))
                return;
        }

        report(Diagnostic.Create(Rules.CompletedLater, aggregate.UserLocation(), aggregate.Name, type.Name));
    }

    /// <summary>A partial type of an event that has a part which the user didn't write.</summary>
    private static ITypeSymbol? PartialTypeOf(INamedTypeSymbol aggregate, Compilation compilation)
    {
        var shapes = new ShapeCollector(compilation, aggregate);
        foreach (var parameter in aggregate.GetMembers().OfType<IMethodSymbol>().Where(m => m.FindAttribute(KnownNames.Event) is not null).SelectMany(m => m.Parameters))
            shapes.Add(parameter.Type, ShapeCollector.ConverterOf(parameter), out _);
        return shapes.Written.SelectMany(Coverage.Chain)
            .Concat(aggregate.GetTypeMembers().Where(t => t.FindAttribute(KnownNames.Event) is not null))
            .FirstOrDefault(t => t.DeclaringSyntaxReferences.Length > 1
                && t.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is TypeDeclarationSyntax d && d.IsPartial() && !SymbolExtensions.IsGenerated(r.SyntaxTree)));
    }
}
