using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>Follows the parameters of a constructor, together with the initial values and the constructors that it calls.</summary>
internal sealed class Construction
{
    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly StraightCode _code;

    // Only the names of parameters can be seen of a constructor that is compiled elsewhere.
    private readonly Dictionary<string, PassedValue> _passedElsewhere = new(StringComparer.OrdinalIgnoreCase);

    // The compiler reports constructors that call each other in a circle.
    private readonly HashSet<IMethodSymbol> _followed = new(SymbolEqualityComparer.Default);

    private bool _isElsewhere;

    public Construction(IMethodSymbol constructor, INamedTypeSymbol type, Compilation compilation)
    {
        (Constructor, _type, _compilation) = (constructor, type, compilation);
        _code = new StraightCode(type, compilation);
        foreach (var parameter in constructor.Parameters)
        {
            _code[parameter] = new PassedValue(parameter);
        }

        Follow(constructor);
    }

    public IMethodSymbol Constructor { get; }

    /// <summary>The code that does more than check and assign; null when there is none.</summary>
    public string? Problem => _code.Problem;

    /// <summary>Whether the code doesn't compile, so that it can't be followed.</summary>
    public bool IsBroken => _code.IsBroken;

    /// <summary>
    /// Whether it does more than assign its parameters; true for a constructor that is compiled elsewhere, whose code can't be seen.
    /// </summary>
    public bool HasCode => _isElsewhere || _code.HasCode;

    /// <summary>The value that a member has in the end.</summary>
    public PassedValue ValueOf(ISymbol member, ISymbol storage) =>
        _code.Members.Contains(storage, SymbolEqualityComparer.Default) || storage is IParameterSymbol || member.ContainingType.HasSourceIn(_compilation) ? _code[storage]
        : _passedElsewhere.TryGetValue(member.Name, out var value) ? value
        : PassedValue.Unknown;

    private void Follow(IMethodSymbol constructor)
    {
        if (!_followed.Add(constructor))
        {
            return;
        }
        // The part of a partial constructor that has a body counts.
        if (HarmlessCode.Implementation(constructor) is var implementation && !SymbolEqualityComparer.Default.Equals(implementation, constructor))
        {
            foreach (var (parameter, given) in implementation.Parameters.Zip(constructor.Parameters, (p, g) => (p, g)))
            {
                _code[parameter] = _code[given];
            }

            constructor = implementation;
        }

        if (!constructor.ContainingType.HasSourceIn(_compilation))
        {
            _isElsewhere |= constructor.Parameters.Length > 0;
            foreach (var parameter in constructor.Parameters)
            {
                _passedElsewhere[parameter.Name] = _code[parameter];
            }

            return;
        }

        switch (constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax())
        {
            case ConstructorDeclarationSyntax declaration:
                Initialize(constructor.ContainingType);
                Call(declaration.Initializer, constructor);
                _code.Run(OperationOf((SyntaxNode?)declaration.Body ?? declaration.ExpressionBody));
                break;
            case TypeDeclarationSyntax declaration:
                Initialize(constructor.ContainingType);
                foreach (var parameter in constructor.Parameters)
                {
                    if (PropertyOf(parameter, constructor.ContainingType) is { } property)
                    {
                        _code.Pass(parameter, property);
                    }
                }

                Call(declaration.BaseList?.Types.OfType<PrimaryConstructorBaseTypeSyntax>().FirstOrDefault(), constructor);
                break;
            default:
                Initialize(constructor.ContainingType);
                Call(null, constructor);
                break;
        }
    }

    // The constructor of this class or its base that is called first.
    private void Call(SyntaxNode? call, IMethodSymbol constructor)
    {
        if (call is null)
        {
            if (constructor.ContainingType.BaseType is { SpecialType: not (SpecialType.System_Object or SpecialType.System_ValueType) } parent
                && parent.InstanceConstructors.Where(c => c.Parameters.All(p => p.IsOptional || p.IsParams)).OrderBy(c => c.Parameters.Length).FirstOrDefault() is { } implicitly)
            {
                Follow(implicitly.OriginalDefinition);
            }

            return;
        }

        var operation = OperationOf(call);
        if (operation is IExpressionStatementOperation { Operation: var inner })
        {
            operation = inner;
        }

        if (operation is not IInvocationOperation { TargetMethod: var called, Arguments: var arguments })
        {
            return;
        }

        foreach (var argument in arguments)
        {
            if (argument.Parameter is { } parameter)
            {
                _code[parameter.OriginalDefinition] = _code.Pass(argument.Value);
            }
        }

        Follow(called.OriginalDefinition);
    }

    private void Initialize(INamedTypeSymbol type)
    {
        foreach (var member in type.OriginalDefinition.GetMembers().Where(m => !m.IsStatic))
        {
            var value = member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
            {
                PropertyDeclarationSyntax property => property.Initializer,
                VariableDeclaratorSyntax field => field.Initializer,
                _ => null,
            };
            // The initializer, not the value in it, has the conversion to the member's type.
            _code.Initialize(member, (OperationOf(value) as ISymbolInitializerOperation)?.Value);
        }
    }

    // The property that a record has for its parameter.
    private static IPropertySymbol? PropertyOf(IParameterSymbol parameter, INamedTypeSymbol type) =>
        type.OriginalDefinition.GetMembers(parameter.Name).OfType<IPropertySymbol>().FirstOrDefault(p => p.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is ParameterSyntax);

    private IOperation? OperationOf(SyntaxNode? syntax) => syntax is null ? null : _compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax);
}
