using System.Collections.Concurrent;
using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0046: an attribute for another serializer is on a stored type, where it has no effect.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class JsonAttributeAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.JsonAttributeIgnored];

    protected override void Register(AnalysisContext context)
    {
        context.RegisterCompilationStartAction(start =>
        {
            var found = new ConcurrentBag<(AttributeSyntax Syntax, INamedTypeSymbol Attribute, INamedTypeSymbol Type, string Target)>();
            var aggregates = new ConcurrentBag<INamedTypeSymbol>();
            start.RegisterSyntaxNodeAction(node => Find(node, found), SyntaxKind.Attribute);
            start.RegisterSymbolAction(symbol =>
            {
                if (symbol.Symbol is INamedTypeSymbol type && type.IsEventSourced())
                {
                    aggregates.Add(type);
                }
            }, SymbolKind.NamedType);
            start.RegisterCompilationEndAction(end =>
            {
                // The stored types are determined only if there is such an attribute.
                if (found.IsEmpty)
                {
                    return;
                }

                var written = WrittenBy(aggregates, end.Compilation);
                foreach (var (syntax, attribute, type, target) in found)
                {
                    if (written.Contains(type))
                    {
                        end.ReportDiagnostic(Diagnostic.Create(Rules.JsonAttributeIgnored, syntax.GetLocation(), attribute.AttributeName(), target, Instead(attribute.Name)));
                    }
                }
            });
        });
    }

    private static void Find(SyntaxNodeAnalysisContext context, ConcurrentBag<(AttributeSyntax, INamedTypeSymbol, INamedTypeSymbol, string)> found)
    {
        var syntax = (AttributeSyntax)context.Node;
        var name = syntax.Name is QualifiedNameSyntax qualified ? qualified.Right.Identifier.ValueText : (syntax.Name as SimpleNameSyntax)?.Identifier.ValueText;
        if (name?.StartsWith("Json", StringComparison.Ordinal) != true || syntax.Parent?.Parent is not { } owner
            || context.SemanticModel.GetTypeInfo(syntax, context.CancellationToken).Type is not INamedTypeSymbol attribute
            || attribute.ContainingNamespace.ToDisplayString() is not ("System.Text.Json.Serialization" or "Newtonsoft.Json"))
        {
            return;
        }

        var target = owner is BaseFieldDeclarationSyntax { Declaration.Variables: [var first, ..] } ? first : owner;
        if (context.SemanticModel.GetDeclaredSymbol(target, context.CancellationToken) is not { } symbol)
        {
            return;
        }
        // The converter writes enums by their names, as generated code does.
        if (symbol is INamedTypeSymbol { TypeKind: TypeKind.Enum } && attribute.Name.StartsWith("JsonConverter", StringComparison.Ordinal))
        {
            return;
        }

        if ((symbol as INamedTypeSymbol ?? symbol.ContainingType) is { } type)
        {
            found.Add((syntax, attribute, type.OriginalDefinition, symbol.Name == ".ctor" ? type.Name : symbol.Name));
        }
    }

    private static HashSet<INamedTypeSymbol> WrittenBy(IEnumerable<INamedTypeSymbol> aggregates, Compilation compilation)
    {
        var written = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        foreach (var aggregate in aggregates)
        {
            var shapes = FieldShapes.Of(aggregate, compilation);
            foreach (var member in aggregate.GetMembers().Where(m => m.FindAttribute(KnownNames.Event) is not null))
            {
                if (member is INamedTypeSymbol record)
                {
                    written.UnionWith(Coverage.Chain(record).Select(t => t.OriginalDefinition));
                }

                var slots = member is IMethodSymbol method
                    ? method.Parameters.Select(p => (p.Type, Converter: ShapeParser.ConverterOf(p)))
                    : shapes.MembersOf((INamedTypeSymbol)member, out _)?.Select(s => (s.Type, s.Converter)) ?? [];
                foreach (var (type, converter) in slots)
                {
                    shapes.Add(type, converter, out _);
                }
            }

            foreach (var type in shapes.Written)
            {
                written.UnionWith(Coverage.Chain(type).Select(t => t.OriginalDefinition).Append(type));
            }
        }

        return written;
    }

    private static string Instead(string attribute) => attribute switch
    {
        "JsonIgnoreAttribute" => "use [StateIgnore]",
        "JsonConverterAttribute" => "use [StateConverter(typeof(…))]",
        "JsonPropertyNameAttribute" or "JsonPropertyAttribute" or "JsonStringEnumMemberNameAttribute" => "the stored name is the name of the member",
        "JsonConstructorAttribute" => "the constructor whose parameters all match members is called",
        "JsonPolymorphicAttribute" or "JsonDerivedTypeAttribute" => "a polymorphic type needs [StateConverter(typeof(…))]",
        _ => "remove it, or give the type a converter with [StateConverter(typeof(…))]",
    };
}
