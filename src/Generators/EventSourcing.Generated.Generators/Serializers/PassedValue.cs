using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Serializers;

/// <summary>
/// Which name an expression takes its value from, decided by its syntax alone. What can't be proven is nothing: then the value may be
/// another one.
/// </summary>
internal static class PassedValue
{
    /// <summary>What the compiler calls the field of a property.</summary>
    public const string Field = "field";

    private const int MaxDepth = 4;

    // Methods that copy, or only give another view.
    private static readonly HashSet<string> Copying =
    [
        "AsReadOnly", "AsEnumerable", "ToArray", "ToList", "ToHashSet", "ToImmutableArray", "ToImmutableList", "ToImmutableHashSet", "ToImmutableDictionary",
        "ToImmutableSortedSet", "ToImmutableSortedDictionary", "ToFrozenSet", "ToFrozenDictionary",
    ];

    // Methods that change nothing in a value that went through them before.
    private static readonly HashSet<string> Idempotent =
    [
        .. Copying, "Trim", "TrimStart", "TrimEnd", "ToUpper", "ToUpperInvariant", "ToLower", "ToLowerInvariant", "Normalize",
        "Round", "Floor", "Ceiling", "Truncate", "Abs", "Min", "Max", "Clamp",
    ];

    private static readonly HashSet<string> Collections =
    [
        "List", "HashSet", "Dictionary", "SortedSet", "SortedDictionary", "ReadOnlyCollection", "ReadOnlyDictionary",
    ];

    /// <summary>The name whose value is read: by a getter, which must not change it.</summary>
    public static string? Read(ExpressionSyntax expression, INamedTypeSymbol type) => Of(expression, type, Copying, canChoose: false, 0);

    /// <summary>The name whose value is stored. It may pass through what changes nothing the second time, as Trim does, or be checked.</summary>
    public static string? Stored(ExpressionSyntax expression, INamedTypeSymbol type, int depth = 0) => Of(expression, type, Idempotent, canChoose: true, depth);

    /// <summary>The name that the expression is: alone, or of this object.</summary>
    public static string? NameOf(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or BaseExpressionSyntax, Name: IdentifierNameSyntax name } => name.Identifier.ValueText,
        _ when expression.IsKind(SyntaxKind.FieldExpression) => Field,
        _ => null,
    };

    public static bool IsConstant(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax or DefaultExpressionSyntax => true,
        PrefixUnaryExpressionSyntax { Operand: LiteralExpressionSyntax } => true,
        MemberAccessExpressionSyntax { Expression: PredefinedTypeSyntax } => true,
        _ => IsEmptyCollection(expression),
    };

    public static bool IsEmptyCollection(ExpressionSyntax expression) => expression is CollectionExpressionSyntax { Elements.Count: 0 }
        or BaseObjectCreationExpressionSyntax { ArgumentList: null or { Arguments.Count: 0 }, Initializer: null };

    /// <summary>Whether the condition depends on nothing but these names.</summary>
    public static bool DependsOnlyOn(ExpressionSyntax condition, ICollection<string> names) => condition.DescendantNodesAndSelf()
        .OfType<SimpleNameSyntax>()
        .All(n => n.Parent is MemberAccessExpressionSyntax access && access.Name == n && access.Expression is not ThisExpressionSyntax
            || n.Parent is MemberBindingExpressionSyntax or SubpatternSyntax or NameColonSyntax
            || names.Contains(n.Identifier.ValueText));

    private static string? Of(ExpressionSyntax expression, INamedTypeSymbol type, HashSet<string> methods, bool canChoose, int depth)
    {
        if (NameOf(expression) is { } name)
            return name;
        if (depth > MaxDepth)
            return null;
        switch (expression)
        {
            case ParenthesizedExpressionSyntax inner:
                return Next(inner.Expression);
            case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } inner:
                return Next(inner.Operand);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } either when either.Right is ThrowExpressionSyntax || IsConstant(either.Right):
                return Next(either.Left);
            case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceAssignmentExpression } either when IsConstant(either.Right):
                return Next(either.Left);
            case ConditionalExpressionSyntax choice when canChoose:
                var chosen = choice.WhenTrue is ThrowExpressionSyntax || IsConstant(choice.WhenTrue) ? Next(choice.WhenFalse)
                    : choice.WhenFalse is ThrowExpressionSyntax || IsConstant(choice.WhenFalse) ? Next(choice.WhenTrue)
                    : null;
                return chosen is not null && DependsOnlyOn(choice.Condition, [chosen]) ? chosen : null;
            case CollectionExpressionSyntax { Elements: [SpreadElementSyntax spread] }:
                return Next(spread.Expression);
            case ObjectCreationExpressionSyntax { Type: GenericNameSyntax { Identifier.ValueText: var made }, ArgumentList.Arguments: [var only], Initializer: null } when Collections.Contains(made):
                return Next(only.Expression);
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: var method, Expression: var receiver }, ArgumentList.Arguments: var arguments }
                when methods.Contains(method):
                var isStatic = receiver is PredefinedTypeSyntax || NameOf(receiver) is "Math" or "MathF" or "Decimal" or "Enumerable";
                var rest = isStatic ? arguments.Skip(1) : arguments;
                return rest.All(a => IsConstant(a.Expression) || a.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "MidpointRounding" } })
                    ? isStatic ? arguments.Count == 0 ? null : Next(arguments[0].Expression) : Next(receiver)
                    : null;
            case InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: var method }, ArgumentList.Arguments: [var argument] }
                when canChoose && ReturnsItsArgument(method, type, depth):
                return Next(argument.Expression);
            default:
                return null;
        }

        string? Next(ExpressionSyntax inner) => Of(inner, type, methods, canChoose, depth + 1);
    }

    /// <summary>Whether a method of the type's own returns its argument, as one that checks or tidies it does.</summary>
    private static bool ReturnsItsArgument(string method, INamedTypeSymbol type, int depth)
    {
        if (type.GetMembers(method).OfType<IMethodSymbol>().ToList() is not [{ Parameters: [var parameter] } only]
            || only.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is not MethodDeclarationSyntax declaration)
            return false;
        if (declaration.ExpressionBody is { } arrow)
            return Stored(arrow.Expression, type, depth + 1) == parameter.Name;
        if (declaration.Body is not { } body || body.DescendantNodes().OfType<AssignmentExpressionSyntax>().Any())
            return false;
        var returned = body.DescendantNodes().OfType<ReturnStatementSyntax>().ToList();
        return returned.Count > 0 && returned.All(r => r.Expression is { } e && Stored(e, type, depth + 1) == parameter.Name);
    }
}
