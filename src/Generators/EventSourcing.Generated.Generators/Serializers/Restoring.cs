using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Serializers;

/// <summary>Whether a getter returns what a field holds, and a setter or constructor puts it back, in the source of this compilation.</summary>
internal static class Restoring
{
    private const int MaxDepth = 4;

    /// <summary>
    /// What the property returns as it is: the name of a field or captured parameter, or <c>field</c> for the one that the compiler makes;
    /// null when it may be something else.
    /// </summary>
    public static string? StorageOf(IPropertySymbol property) => DeclarationOf(property) switch
    {
        ParameterSyntax => PassedValue.Field, // of a record
        PropertyDeclarationSyntax { ExpressionBody.Expression: { } expression } => PassedValue.Read(expression, property.ContainingType),
        PropertyDeclarationSyntax declaration => Accessor(declaration, SyntaxKind.GetAccessorDeclaration) switch
        {
            null => null,
            { Body: null, ExpressionBody: null } => PassedValue.Field,
            { ExpressionBody.Expression: { } expression } => PassedValue.Read(expression, property.ContainingType),
            { Body.Statements: [ReturnStatementSyntax { Expression: { } expression }] } => PassedValue.Read(expression, property.ContainingType),
            _ => null,
        },
        _ => null,
    };

    /// <summary>Whether the setter of the property puts its value where the getter takes it from, and does nothing else.</summary>
    public static bool BySetter(IPropertySymbol property, string storage)
    {
        if (DeclarationOf(property) is not PropertyDeclarationSyntax declaration)
            return true; // of a record
        return (Accessor(declaration, SyntaxKind.SetAccessorDeclaration) ?? Accessor(declaration, SyntaxKind.InitAccessorDeclaration)) switch
        {
            null => false,
            { Body: null, ExpressionBody: null } => storage == PassedValue.Field,
            var setter => Assigns(setter, "value", storage, property.ContainingType, isAlone: true, canFill: false),
        };
    }

    /// <summary>Whether the constructor puts the parameter where the member takes its value from.</summary>
    /// <param name="parameter">The parameter of the constructor.</param>
    /// <param name="member">The property or field.</param>
    /// <param name="storage">Where the member takes its value from.</param>
    /// <param name="compilation">Finds the constructor that another one calls.</param>
    /// <param name="depth">How many constructors were followed.</param>
    public static bool ByConstructor(IParameterSymbol parameter, ISymbol member, string storage, Compilation compilation, int depth = 0)
    {
        var constructor = (IMethodSymbol)parameter.ContainingSymbol;
        // Of what is compiled elsewhere only the names can be seen.
        if (constructor.DeclaringSyntaxReferences.FirstOrDefault() is not { } reference || !compilation.ContainsSyntaxTree(reference.SyntaxTree))
            return string.Equals(parameter.Name, member.Name, StringComparison.OrdinalIgnoreCase);

        var owner = member.ContainingType.OriginalDefinition;
        var isOwn = SymbolEqualityComparer.Default.Equals(constructor.ContainingType.OriginalDefinition, owner);
        var initial = InitialValueOf(member, storage);
        switch (reference.GetSyntax())
        {
            case ConstructorDeclarationSyntax declaration:
                var canFill = initial is null || PassedValue.IsEmptyCollection(initial);
                if (((SyntaxNode?)declaration.Body ?? declaration.ExpressionBody) is { } body
                    && TargetsOf(member, storage).Any(t => Assigns(body, parameter.Name, t, owner, isAlone: false, canFill)))
                    return true;
                return declaration.Initializer is { } initializer && PassesOn(initializer.ArgumentList, initializer);
            case TypeDeclarationSyntax type:
                if (isOwn && (storage == parameter.Name || DeclarationOf(member) is ParameterSyntax || (initial is not null && PassedValue.Stored(initial, owner) == parameter.Name)))
                    return true;
                return type.BaseList?.Types.OfType<PrimaryConstructorBaseTypeSyntax>().FirstOrDefault() is { } parent && PassesOn(parent.ArgumentList, parent);
            default:
                return false;
        }

        bool PassesOn(ArgumentListSyntax arguments, SyntaxNode call)
        {
            var passed = arguments.Arguments.FirstOrDefault(a => PassedValue.Stored(a.Expression, constructor.ContainingType) == parameter.Name);
            if (depth > MaxDepth || passed is null || compilation.GetSemanticModel(call.SyntaxTree).GetSymbolInfo(call).Symbol is not IMethodSymbol called)
                return false;
            var at = arguments.Arguments.IndexOf(passed);
            var next = passed.NameColon is { Name.Identifier.ValueText: var name } ? called.Parameters.FirstOrDefault(p => p.Name == name)
                : at < called.Parameters.Length ? called.Parameters[at]
                : null;
            return next is not null && ByConstructor(next.OriginalDefinition, member, storage, compilation, depth + 1);
        }
    }

    // What a constructor may assign to: the field, or the property that it belongs to.
    private static string[] TargetsOf(ISymbol member, string storage) => storage == PassedValue.Field ? [member.Name] : [storage, member.Name];

    /// <summary>Whether the code assigns the value to the target, and nothing else to either, except a constant in the place of some values.</summary>
    private static bool Assigns(SyntaxNode code, string value, string target, INamedTypeSymbol type, bool isAlone, bool canFill)
    {
        var values = new HashSet<string>(StringComparer.Ordinal) { value };
        var locals = new HashSet<string>(StringComparer.Ordinal);
        var isAssigned = false;
        foreach (var node in code.DescendantNodes())
        {
            var good = node switch
            {
                VariableDeclaratorSyntax local => Declare(local),
                AssignmentExpressionSyntax { Left: TupleExpressionSyntax { Arguments: var targets }, Right: TupleExpressionSyntax { Arguments: var given } } =>
                    targets.Count == given.Count && targets.Zip(given, (t, g) => Assign(t.Expression, g.Expression)).All(g => g),
                AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression or (int)SyntaxKind.CoalesceAssignmentExpression } assignment =>
                    Assign(assignment.Left, assignment.Right),
                AssignmentExpressionSyntax assignment => IsOther(assignment.Left),
                PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression } change => IsOther(change.Operand),
                PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PostIncrementExpression or (int)SyntaxKind.PostDecrementExpression } change => IsOther(change.Operand),
                ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword or (int)SyntaxKind.OutKeyword } argument => IsOther(argument.Expression),
                InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access, ArgumentList.Arguments: var arguments } when PassedValue.NameOf(access.Expression) == target =>
                    Fill(access.Name.Identifier.ValueText, arguments),
                _ => true,
            };
            if (!good)
                return false;
        }

        return isAssigned;

        bool Declare(VariableDeclaratorSyntax local)
        {
            locals.Add(local.Identifier.ValueText);
            if (local.Initializer is { Value: var initial } && PassedValue.Stored(initial, type) is { } source && values.Contains(source))
                values.Add(local.Identifier.ValueText);
            return true;
        }

        bool Assign(ExpressionSyntax left, ExpressionSyntax right)
        {
            if (PassedValue.NameOf(left) is not { } name || (name != target && !values.Contains(name)))
                return IsOther(left);
            if (PassedValue.Stored(right, type) is not { } source || !values.Contains(source))
                return PassedValue.IsConstant(right);
            isAssigned |= name == target;
            // Under a condition on something else it may not happen.
            return left.Ancestors().TakeWhile(a => a != code).OfType<IfStatementSyntax>().All(i => PassedValue.DependsOnlyOn(i.Condition, [.. values, target]));
        }

        // A setter that changes other members, too, would change them again when the object is read.
        bool IsOther(ExpressionSyntax changed) => PassedValue.NameOf(changed) switch
        {
            { } name when name == target || values.Contains(name) => false,
            { } name => !isAlone || locals.Contains(name),
            null => !isAlone || changed is DeclarationExpressionSyntax,
        };

        // A list that is made empty, and filled with the value.
        bool Fill(string method, SeparatedSyntaxList<ArgumentSyntax> arguments)
        {
            if (method is not ("Add" or "AddRange" or "UnionWith" or "Insert" or "InsertRange" or "Remove" or "Clear"))
                return true;
            if (!canFill || method is not ("AddRange" or "UnionWith") || arguments is not [var items] || PassedValue.Stored(items.Expression, type) is not { } source || !values.Contains(source))
                return false;
            return isAssigned = true;
        }
    }

    private static ExpressionSyntax? InitialValueOf(ISymbol member, string storage)
    {
        var holder = storage == PassedValue.Field ? member : member.ContainingType.GetMembers(storage).FirstOrDefault() ?? member;
        return DeclarationOf(holder) switch
        {
            PropertyDeclarationSyntax property => property.Initializer?.Value,
            VariableDeclaratorSyntax field => field.Initializer?.Value,
            _ => null,
        };
    }

    // A partial property has two declarations: the one with bodies counts.
    private static SyntaxNode? DeclarationOf(ISymbol symbol) =>
        ((symbol as IPropertySymbol)?.PartialImplementationPart ?? symbol).DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();

    private static AccessorDeclarationSyntax? Accessor(PropertyDeclarationSyntax property, SyntaxKind kind) =>
        property.AccessorList?.Accessors.FirstOrDefault(a => a.IsKind(kind));
}
