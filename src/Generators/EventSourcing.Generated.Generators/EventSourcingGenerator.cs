using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Applications;
using EventSourcing.Generators.Projections;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Refusals;
using EventSourcing.Generators.Serializers;
using EventSourcing.Generators.Serializers.Json;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators;

/// <summary>The only generator: it parses each source once, passes the models to the features, and reports refusals.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class EventSourcingGenerator : IIncrementalGenerator
{
    private readonly ParseAggregate _parse;

    public EventSourcingGenerator()
        : this(AggregateParser.Parse)
    {
    }

    /// <summary>Creates a generator with another parser: tests use one that fails.</summary>
    internal EventSourcingGenerator(ParseAggregate parse) => _parse = parse;

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var parse = _parse;
        var isBuild = context.AnalyzerConfigOptionsProvider.Select(static (options, _) => BuildKind.IsBuild(options.GlobalOptions));

        var sources = context.SyntaxProvider.ForAttributeWithMetadataName(
            KnownNames.EventSourced,
            static (node, _) => node is ClassDeclarationSyntax or RecordDeclarationSyntax,
            (source, cancellation) => IsRead(source, KnownNames.EventSourced)
                ? AggregateSource.Read((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, parse, cancellation)
                : AggregateSource.None);

        var aggregates = sources
            .Where(static source => source.Model is not null)
            .Select(static (source, _) => source.Model!)
            .WithTrackingName(StepNames.Aggregates);

        var outside = context.SyntaxProvider.ForAttributeWithMetadataName(
            KnownNames.Event,
            static (node, _) => node is BaseMethodDeclarationSyntax or TypeDeclarationSyntax or LocalFunctionStatementSyntax,
            static (source, cancellation) => AggregateSource.ReadOutside(source.TargetSymbol, source.SemanticModel.Compilation, cancellation));

        var applicationSources = context.SyntaxProvider.ForAttributeWithMetadataName(
            KnownNames.EventSourcedApplication,
            static (node, _) => node is ClassDeclarationSyntax or RecordDeclarationSyntax,
            static (source, cancellation) => IsRead(source, KnownNames.EventSourcedApplication)
                ? ApplicationSource.Read((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, cancellation)
                : ApplicationSource.None);

        var applications = applicationSources
            .Where(static source => source.Model is not null)
            .Select(static (source, _) => source.Model!)
            .WithTrackingName(StepNames.Applications);

        var viewSources = context.SyntaxProvider.ForAttributeWithMetadataName(
            KnownNames.Projection,
            static (node, _) => node is ClassDeclarationSyntax or RecordDeclarationSyntax,
            static (source, cancellation) => IsRead(source, KnownNames.Projection)
                ? ViewSource.Read((INamedTypeSymbol)source.TargetSymbol, source.SemanticModel.Compilation, cancellation)
                : ViewSource.None);

        var views = viewSources
            .Where(static source => source.Model is not null)
            .Select(static (source, _) => source.Model!)
            .WithTrackingName(StepNames.Views);

        var handlerClasses = viewSources
            .Where(static source => source.Handlers is not null)
            .Select(static (source, _) => source.Handlers!)
            .WithTrackingName(StepNames.HandlerClasses);

        var entries = viewSources
            .Where(static source => source.Entry is not null)
            .Select(static (source, _) => source.Entry!)
            .WithTrackingName(StepNames.ProjectionEntries);

        AggregateGenerator.Register(context, aggregates);
        SerializerGenerator.Register(context, aggregates.Select(static (aggregate, _) => SerializerParser.Parse(aggregate)));
        RefusalGenerator.Register(context, Refusals(sources).WithTrackingName(StepNames.Refusals), isBuild);
        RefusalGenerator.Register(context, Refusals(outside), isBuild, "NoAggregate");
        ViewGenerator.Register(context, views);
        ViewGenerator.Register(context, handlerClasses);
        ProjectionLockGenerator.Register(context, entries, isBuild);
        ApplicationGenerator.Register(context, applications);
        RecorderGenerator.Register(context, applications.Select(static (application, _) => application.Recorder));
        DiagnosticGenerator.Register(
            context,
            isBuild,
            sources.Select(static (source, _) => source.Diagnostics),
            outside.Select(static (source, _) => source.Diagnostics),
            applicationSources.Select(static (source, _) => source.Diagnostics),
            viewSources.Select(static (source, _) => source.Diagnostics));
    }

    /// <summary>
    /// Whether the class is read: not while its name, or that of its namespace, isn't typed, and only once when several parts have the
    /// attribute. The compiler reports both errors, and they must not affect other classes.
    /// </summary>
    private static bool IsRead(GeneratorAttributeSyntaxContext source, string attribute) =>
        !source.TargetSymbol.IsNameless() && source.TargetSymbol.FindAttribute(attribute) is { } first && source.Attributes.Contains(first);

    private static IncrementalValuesProvider<RefusalModel> Refusals(IncrementalValuesProvider<AggregateSource> sources) => sources
        .Where(static source => source.Refusal is not null)
        .Select(static (source, _) => source.Refusal!);
}
