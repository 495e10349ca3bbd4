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
            static (source, cancellation) => IsRead(source, KnownNames.EventSourced) ? Parse((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, cancellation) : default);

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
                    ? RefusalParser.Parse(source.TargetSymbol.ContainingType, null, source.SemanticModel.Compilation, cancellation)
                    : null)
            .Where(static model => model is not null)
            .Select(static (model, _) => model!);

        var applications = context.SyntaxProvider.ForAttributeWithMetadataName(
                KnownNames.EventSourcedApplication,
                static (node, _) => node is ClassDeclarationSyntax,
                static (source, cancellation) => IsRead(source, KnownNames.EventSourcedApplication)
                    ? ApplicationParser.Parse((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, null, cancellation)
                    : null)
            .Where(static model => model is not null)
            .Select(static (model, _) => model!)
            .WithTrackingName(StepNames.Applications);

        AggregateGenerator.Register(context, aggregates);
        SerializerGenerator.Register(context, aggregates);
        RefusalGenerator.Register(context, refusals, "Refused");
        RefusalGenerator.Register(context, refusalsOutside, "NoAggregate");
        RegistrationGenerator.Register(context, applications);
    }

    /// <summary>
    /// Whether anything is written for the class: not while its name isn't typed, and once when several parts have the attribute.
    /// Both are errors of the compiler, of which the other classes must not suffer.
    /// </summary>
    private static bool IsRead(GeneratorAttributeSyntaxContext source, string attribute)
    {
        for (var type = source.TargetSymbol; type is INamedTypeSymbol; type = type.ContainingType)
        {
            if (type.Name.Length == 0)
                return false;
        }

        return source.TargetSymbol.FindAttribute(attribute) is { } first && source.Attributes.Contains(first);
    }

    private static (AggregateModel? Model, RefusalModel? Refusal) Parse(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        var model = AggregateParser.Parse(type, compilation, null, cancellation);
        return (model, RefusalParser.Parse(type, model, compilation, cancellation));
    }
}
