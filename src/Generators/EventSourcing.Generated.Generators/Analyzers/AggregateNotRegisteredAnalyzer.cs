using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0018: code saves or loads an aggregate with an application that doesn't register it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AggregateNotRegisteredAnalyzer : UserCodeAnalyzer
{
    /// <summary>The application and the aggregate, as a code fix finds them again.</summary>
    internal const string Application = "Application", Aggregate = "Aggregate";

    private static readonly HashSet<string> Methods = ["SaveAsync", "GetAsync", "TryGetAsync", "ExistsAsync", "RetryOnConflictAsync"];

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.AggregateNotRegistered];

    protected override void Register(AnalysisContext context) => context.RegisterOperationAction(Analyze, OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context)
    {
        var call = (IInvocationOperation)context.Operation;
        if (!Methods.Contains(call.TargetMethod.Name) || ApplicationOf(call) is not { } application)
        {
            return;
        }

        var registered = application.NamedAggregates().ToList();
        if (registered.Any(r => r.TypeKind == TypeKind.Error))
        {
            return; // it may be this one, misspelt
        }

        var reported = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var (type, syntax) in TypeArguments(call).Concat(call.Arguments.SelectMany(a => Aggregates(a.Value))))
        {
            // The type behind an abstract type is known only when the program runs; the save checks it then.
            if (type is not INamedTypeSymbol { IsAbstract: false } aggregate || !aggregate.IsEventSourced()
                || registered.Contains(aggregate, SymbolEqualityComparer.Default) || !reported.Add(aggregate))
            {
                continue;
            }

            var properties = ImmutableDictionary<string, string?>.Empty
                .Add(Application, application.GetDocumentationCommentId())
                .Add(Aggregate, aggregate.GetDocumentationCommentId());
            context.ReportDiagnostic(Diagnostic.Create(Rules.AggregateNotRegistered, syntax.GetLocation(), properties, application.Name, aggregate.Name));
        }
    }

    /// <summary>The application that a method is called on, directly or on its repository. The methods are those of the base classes.</summary>
    private static INamedTypeSymbol? ApplicationOf(IInvocationOperation call)
    {
        var receiver = call.Instance is IPropertyReferenceOperation { Property.Name: "Repository", Instance: { } application } ? application : call.Instance;
        var type = receiver?.Type is ITypeParameterSymbol parameter ? parameter.ConstraintTypes.FirstOrDefault() : receiver?.Type;
        return ApplicationOf(type as INamedTypeSymbol) ?? ApplicationOf(call.TargetMethod.ContainingType);
    }

    /// <summary>The application that is the type or contains it, as it may contain a generated repository.</summary>
    private static INamedTypeSymbol? ApplicationOf(INamedTypeSymbol? type)
    {
        while (type is not null && type.FindAttribute(KnownNames.EventSourcedApplication) is null)
        {
            type = type.ContainingType;
        }

        return type;
    }

    /// <summary>The type arguments that stand for an aggregate, with the place where the user wrote them.</summary>
    private static IEnumerable<(ITypeSymbol Type, SyntaxNode Syntax)> TypeArguments(IInvocationOperation call)
    {
        var written = call.Syntax.DescendantNodesAndSelf().OfType<GenericNameSyntax>()
            .FirstOrDefault(n => n.Identifier.ValueText == call.TargetMethod.Name)?.TypeArgumentList.Arguments;
        for (var i = 0; i < call.TargetMethod.TypeArguments.Length; i++)
        {
            if (call.TargetMethod.TypeParameters[i].ConstraintTypes.Any(c => c.Name == "IAggregate"))
            {
                yield return (call.TargetMethod.TypeArguments[i], written is { } arguments && i < arguments.Count ? arguments[i] : call.Syntax);
            }
        }
    }

    /// <summary>The static types of the saved values: the argument itself, or the elements of a collection.</summary>
    private static IEnumerable<(ITypeSymbol Type, SyntaxNode Syntax)> Aggregates(IOperation value)
    {
        while (value is IConversionOperation conversion)
        {
            value = conversion.Operand;
        }

        var elements = value switch
        {
            ICollectionExpressionOperation collection => collection.Elements,
            ISpreadOperation spread => [spread.Operand],
            IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues,
            IObjectCreationOperation { Initializer: { } initializer } => [.. initializer.Initializers.OfType<IInvocationOperation>().SelectMany(i => i.Arguments).Select(a => a.Value)],
            IConditionalOperation { WhenFalse: { } otherwise } conditional => [conditional.WhenTrue, otherwise],
            _ => ImmutableArray<IOperation>.Empty,
        };
        foreach (var element in elements.SelectMany(Aggregates))
        {
            yield return element;
        }

        if (value.Type is { } type)
        {
            yield return (type, value.Syntax);
        }

        if (ElementOf(value.Type) is { } elementType)
        {
            yield return (elementType, value.Syntax);
        }
    }

    private static ITypeSymbol? ElementOf(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol array => array.ElementType,
        INamedTypeSymbol named => named.AllInterfaces.Append(named)
            .FirstOrDefault(i => i.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_IEnumerable_T)?.TypeArguments[0],
        _ => null,
    };
}
