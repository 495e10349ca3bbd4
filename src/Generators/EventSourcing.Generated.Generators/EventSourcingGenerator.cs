using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Registrations;
using EventSourcing.Generators.Serializers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators;

/// <summary>The only generator: it parses each source once and hands the models to the features.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class EventSourcingGenerator : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var aggregates = context.SyntaxProvider.ForAttributeWithMetadataName(
                KnownNames.EventSourced,
                static (node, _) => node is ClassDeclarationSyntax,
                static (source, cancellation) => AggregateParser.Parse((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, null, cancellation))
            .Where(static model => model is not null)
            .Select(static (model, _) => model!)
            .WithTrackingName(StepNames.Aggregates);

        var applications = context.SyntaxProvider.ForAttributeWithMetadataName(
                KnownNames.EventSourcedApplication,
                static (node, _) => node is ClassDeclarationSyntax,
                static (source, cancellation) => ApplicationParser.Parse((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, null, cancellation))
            .Where(static model => model is not null)
            .Select(static (model, _) => model!)
            .WithTrackingName(StepNames.Applications);

        AggregateGenerator.Register(context, aggregates);
        SerializerGenerator.Register(context, aggregates);
        RegistrationGenerator.Register(context, applications);
    }
}
