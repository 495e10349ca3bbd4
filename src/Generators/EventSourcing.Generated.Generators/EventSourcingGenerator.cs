using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Aggregates.Refusals;
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
        var parsed = context.SyntaxProvider.ForAttributeWithMetadataName(
            KnownNames.EventSourced,
            static (node, _) => node is ClassDeclarationSyntax or RecordDeclarationSyntax,
            static (source, cancellation) => Parse((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, cancellation));

        var aggregates = parsed
            .Where(static parsed => parsed.Model is not null)
            .Select(static (parsed, _) => parsed.Model!)
            .WithTrackingName(StepNames.Aggregates);

        var refusals = parsed
            .Where(static parsed => parsed.Refusal is not null)
            .Select(static (parsed, _) => parsed.Refusal!)
            .WithTrackingName(StepNames.Refusals);

        var refusalsOutside = context.SyntaxProvider.ForAttributeWithMetadataName(
                KnownNames.Event,
                static (node, _) => node is BaseMethodDeclarationSyntax,
                static (source, cancellation) => RefusalParser.IsFirstOutsideAggregate(source.TargetSymbol)
                    ? RefusalParser.Parse(source.TargetSymbol.ContainingType, null, cancellation)
                    : null)
            .Where(static model => model is not null)
            .Select(static (model, _) => model!);

        var applications = context.SyntaxProvider.ForAttributeWithMetadataName(
                KnownNames.EventSourcedApplication,
                static (node, _) => node is ClassDeclarationSyntax,
                static (source, cancellation) => ApplicationParser.Parse((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, null, cancellation))
            .Where(static model => model is not null)
            .Select(static (model, _) => model!)
            .WithTrackingName(StepNames.Applications);

        AggregateGenerator.Register(context, aggregates);
        SerializerGenerator.Register(context, aggregates);
        RefusalGenerator.Register(context, refusals);
        RefusalGenerator.Register(context, refusalsOutside);
        RegistrationGenerator.Register(context, applications);
    }

    private static (AggregateModel? Model, RefusalModel? Refusal) Parse(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        var model = AggregateParser.Parse(type, compilation, null, cancellation);
        return (model, RefusalParser.Parse(type, model, cancellation));
    }
}
