using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxKind;

namespace EventSourcing.Mutation;

/// <summary>
/// Lists the mutants of a file. A condition is changed without being copied where that is possible, because a second copy would
/// declare its variables twice. Mutants that don't compile are found later. Left out: attributes, constants, exceptions and their
/// messages, hash codes, ToString, and where an await continues.
/// </summary>
internal sealed class MutantFinder(string file, SemanticModel model) : CSharpSyntaxWalker
{
    private readonly List<Mutant> _found = [];

    public static IReadOnlyList<Mutant> Find(string file, SemanticModel model)
    {
        var finder = new MutantFinder(file, model);
        finder.Visit(model.SyntaxTree.GetRoot());
        return finder._found;
    }

    public override void Visit(SyntaxNode? node)
    {
        switch (node)
        {
            case AttributeListSyntax or EnumMemberDeclarationSyntax or ConstantPatternSyntax or RelationalPatternSyntax or CaseSwitchLabelSyntax:
            case ThrowStatementSyntax or ThrowExpressionSyntax:
            case ParameterSyntax { Default: not null }:
            case FieldDeclarationSyntax field when field.Modifiers.Any(ConstKeyword):
            case LocalDeclarationStatementSyntax { IsConst: true }:
            case InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "nameof" } }:
            case ArgumentListSyntax { Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "ConfigureAwait" } } }:
            case MethodDeclarationSyntax { Identifier.Text: "GetHashCode" or "ToString" }:
                return;
            case BaseObjectCreationExpressionSyntax creation when model.GetTypeInfo(creation).Type is { } type && type.Name.EndsWith("Exception", StringComparison.Ordinal):
                return;
            case StatementSyntax statement:
                Statement(statement);
                break;
            case SwitchExpressionArmSyntax { Pattern: not DiscardPatternSyntax } arm:
                Arm(arm.Pattern, arm.WhenClause, $"{arm.Pattern} => …");
                break;
            case CasePatternSwitchLabelSyntax label:
                Arm(label.Pattern, label.WhenClause, $"case {label.Pattern}:");
                break;
            case ArrowExpressionClauseSyntax arrow:
                Result(arrow.Expression);
                break;
            case ExpressionSyntax expression:
                Expression(expression);
                break;
        }

        base.Visit(node);
    }

    private void Statement(StatementSyntax statement)
    {
        switch (statement)
        {
            case ExpressionStatementSyntax or ContinueStatementSyntax or YieldStatementSyntax:
            case BreakStatementSyntax { Parent: not SwitchSectionSyntax }:
            case ReturnStatementSyntax { Expression: null }:
                Add(statement, "{ if (!§) ", " }", $"{statement}", "removed");
                break;
            case ReturnStatementSyntax { Expression: { } value }:
                Result(value);
                break;
            case IfStatementSyntax { Condition: var condition }:
                Condition(condition);
                break;
            // A loop that doesn't end is seldom worth its time; a loop that doesn't begin is the same as a removed loop.
            case WhileStatementSyntax { Condition: var condition }:
                Add(condition, "((", ") && !§)", $"{condition}", "false");
                break;
        }
    }

    private void Arm(PatternSyntax pattern, WhenClauseSyntax? when, string original)
    {
        if (when is not null)
        {
            Add(when.Condition, "((", ") && !§)", original, "removed");
            Condition(when.Condition);
        }
        else
        {
            Add(pattern, "", " when !§", original, "removed");
        }

        if (when is null && Governing(pattern) is { } value && !Declares(pattern))
        {
            foreach (var (operand, other) in Alternatives(pattern))
            {
                Add(pattern, "", $" when !(§ && {value} is {operand})", $"{pattern} => …", $"{other} => …");
            }
        }
    }

    private static string? Governing(SyntaxNode pattern) => pattern.Parent switch
    {
        SwitchExpressionArmSyntax { Parent: SwitchExpressionSyntax { GoverningExpression: IdentifierNameSyntax or MemberAccessExpressionSyntax } s } => s.GoverningExpression.ToString(),
        CasePatternSwitchLabelSyntax { Parent.Parent: SwitchStatementSyntax { Expression: IdentifierNameSyntax or MemberAccessExpressionSyntax } s } => s.Expression.ToString(),
        _ => null,
    };

    // The alternatives of "a or b or c", each with the rest of the pattern.
    private static IEnumerable<(PatternSyntax Alternative, string Others)> Alternatives(PatternSyntax pattern)
    {
        List<PatternSyntax> all = [];
        for (; pattern is BinaryPatternSyntax { RawKind: (int)OrPattern } or; pattern = or.Left)
        {
            all.Insert(0, or.Right);
        }

        all.Insert(0, pattern);
        return all.Count == 1 ? [] : all.Select(a => (a, string.Join(" or ", all.Where(p => p != a))));
    }

    private void Expression(ExpressionSyntax node)
    {
        switch (node)
        {
            case BinaryExpressionSyntax binary:
                Binary(binary);
                break;
            case PrefixUnaryExpressionSyntax { RawKind: (int)LogicalNotExpression or (int)UnaryMinusExpression } prefix:
                Replace(node, prefix.Operand.ToString(), negates: prefix.IsKind(LogicalNotExpression));
                break;
            case ConditionalExpressionSyntax conditional:
                Condition(conditional.Condition);
                break;
            case IsPatternExpressionSyntax { Expression: var value, Pattern: var pattern } when !Declares(node):
                foreach (var other in Variants(pattern))
                {
                    Replace(node, $"{value} is {other}");
                }

                break;
            case LiteralExpressionSyntax literal:
                Literal(literal);
                break;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called } invocation:
                Call(invocation, called);
                break;
            case LambdaExpressionSyntax { ExpressionBody: { } body }:
                Result(body);
                break;
        }
    }

    private void Binary(BinaryExpressionSyntax node)
    {
        var (left, right) = (node.Left, node.Right);
        switch (node.Kind())
        {
            case LogicalAndExpression:
                Add(left, "((", ") || §)", $"{node}", $"{right}");
                Add(right, "((", ") || §)", $"{node}", $"{left}");
                break;
            case LogicalOrExpression:
                Add(left, "((", ") && !§)", $"{node}", $"{right}");
                Add(right, "((", ") && !§)", $"{node}", $"{left}");
                break;
            case EqualsExpression or NotEqualsExpression:
                Replace(node, $"{left} {(node.IsKind(EqualsExpression) ? "!=" : "==")} {right}", negates: true);
                break;
            case LessThanExpression:
                Comparison(node, "<=", ">=");
                break;
            case LessThanOrEqualExpression:
                Comparison(node, "<", ">");
                break;
            case GreaterThanExpression:
                Comparison(node, ">=", "<=");
                break;
            case GreaterThanOrEqualExpression:
                Comparison(node, ">", "<");
                break;
            case CoalesceExpression when right is not ThrowExpressionSyntax:
                Replace(node, $"{right}");
                break;
            case AddExpression when model.GetTypeInfo(node).Type?.SpecialType is not SpecialType.System_String:
                Replace(node, $"{left} - {right}");
                break;
            case SubtractExpression:
                Replace(node, $"{left} + {right}");
                break;
            case MultiplyExpression or ModuloExpression:
                Replace(node, $"{left} / {right}");
                break;
            case DivideExpression:
                Replace(node, $"{left} * {right}");
                break;
            case LeftShiftExpression:
                Replace(node, $"{left} >> {right}");
                break;
            case RightShiftExpression:
                Replace(node, $"{left} << {right}");
                break;
            case BitwiseAndExpression:
                Replace(node, $"{left} | {right}");
                break;
            case BitwiseOrExpression or ExclusiveOrExpression:
                Replace(node, $"{left} & {right}");
                break;
        }
    }

    private void Comparison(BinaryExpressionSyntax node, string boundary, string opposite)
    {
        Replace(node, $"{node.Left} {boundary} {node.Right}");
        Replace(node, $"{node.Left} {opposite} {node.Right}", negates: true);
    }

    private void Literal(LiteralExpressionSyntax node)
    {
        switch (node.Kind())
        {
            case TrueLiteralExpression:
                Replace(node, "false");
                break;
            case FalseLiteralExpression:
                Replace(node, "true");
                break;
            case NumericLiteralExpression when model.GetTypeInfo(node).ConvertedType is { } type:
                // Shown with the expression around it, because a number alone says nothing.
                var around = node.Ancestors().TakeWhile(a => a is not StatementSyntax).OfType<ExpressionSyntax>().FirstOrDefault(e => e is not (PrefixUnaryExpressionSyntax or RangeExpressionSyntax)) ?? node;
                var at = node.SpanStart - around.SpanStart;
                Add(node, $"(§ ? ({type.ToDisplayString()})({node} + 1) : ", ")", $"{around}", around.ToString().Remove(at, node.Span.Length).Insert(at, $"({node} + 1)"));
                break;
            // A text matters where it is compared, or is an argument of a method that returns a bool.
            case StringLiteralExpression or CharacterLiteralExpression when node.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }
                && model.GetTypeInfo(call).Type?.SpecialType is SpecialType.System_Boolean:
                Replace(node, node.IsKind(StringLiteralExpression) ? "\"\\u0001\"" : "'\\u0001'");
                break;
        }
    }

    private void Call(InvocationExpressionSyntax node, MemberAccessExpressionSyntax called)
    {
        var receiver = called.Expression.ToString();
        switch (called.Name.Identifier.Text)
        {
            case "Where" or "OrderBy" or "OrderByDescending" or "ThenBy" or "Distinct" or "Reverse" or "Skip" or "Take" or "SkipWhile" or "TakeWhile" or "Concat" or "Except"
                or "Append" or "Prepend" or "Trim" or "TrimStart" or "TrimEnd" or "Replace" or "WithNullableAnnotation":
                Replace(node, receiver);
                break;
            case "Any" when node.ArgumentList.Arguments.Count == 1:
                Replace(node, $"{receiver}.All{node.ArgumentList}");
                break;
            case "All":
                Replace(node, $"{receiver}.Any{node.ArgumentList}");
                break;
            case "First" or "FirstOrDefault" or "Last" or "LastOrDefault" or "Single" or "SingleOrDefault":
                Replace(node, $"{receiver}.{(called.Name.Identifier.Text.StartsWith("Last", StringComparison.Ordinal) ? "First" : "Last")}OrDefault{node.ArgumentList}");
                break;
            case "Max" or "Min":
                Replace(node, $"{receiver}.{(called.Name.Identifier.Text == "Max" ? "Min" : "Max")}{node.ArgumentList}");
                break;
            case "StartsWith" or "EndsWith":
                Replace(node, $"{receiver}.{(called.Name.Identifier.Text == "StartsWith" ? "EndsWith" : "StartsWith")}{node.ArgumentList}");
                break;
        }
    }

    // Comparisons and connected conditions have mutants of their own.
    private void Condition(ExpressionSyntax node)
    {
        if (node is BinaryExpressionSyntax { RawKind: not (int)IsExpression } or PrefixUnaryExpressionSyntax or LiteralExpressionSyntax)
        {
            return;
        }

        if (node is IsPatternExpressionSyntax && Declares(node))
        {
            Add(node, "((", ") && !§)", $"{node}", "false");
        }
        else
        {
            Add(node, "((", ") != §)", $"{node}", $"!({node})");
        }
    }

    private void Result(ExpressionSyntax node)
    {
        var type = model.GetTypeInfo(node).ConvertedType;
        if (type?.SpecialType is SpecialType.System_Boolean)
        {
            Condition(node);
        }
        else if (type is not null and not { SpecialType: SpecialType.System_Void } && node is not (LiteralExpressionSyntax or ThrowExpressionSyntax or AssignmentExpressionSyntax or DefaultExpressionSyntax or RefExpressionSyntax))
        {
            Replace(node, "default!");
        }
    }

    private static IEnumerable<string> Variants(PatternSyntax pattern)
    {
        foreach (var inner in pattern.DescendantNodesAndSelf())
        {
            string[] others = inner switch
            {
                BinaryPatternSyntax both => [both.Left.ToString(), both.Right.ToString()],
                UnaryPatternSyntax not => [not.Pattern.ToString()],
                RelationalPatternSyntax relation => [(relation.OperatorToken.Text is ['<' or '>'] ? relation.OperatorToken.Text + "=" : relation.OperatorToken.Text[..1]) + relation.Expression],
                PropertyPatternClauseSyntax { Subpatterns: { Count: > 1 } parts } => [.. parts.Select(p => $"{{ {string.Join(", ", parts.Where(o => o != p))} }}")],
                ConstantPatternSyntax when inner == pattern => [$"not {inner}"],
                RecursivePatternSyntax or TypePatternSyntax or ListPatternSyntax when inner == pattern => [$"not {inner}"],
                _ => [],
            };
            foreach (var other in others)
            {
                yield return pattern.ToString().Remove(inner.SpanStart - pattern.SpanStart, inner.Span.Length).Insert(inner.SpanStart - pattern.SpanStart, other);
            }
        }
    }

    private static bool Declares(SyntaxNode node) =>
        node.DescendantNodesAndSelf().Any(n => n is VariableDesignationSyntax and not DiscardDesignationSyntax);

    private void Replace(ExpressionSyntax node, string other, bool negates = false)
    {
        if (negates)
        {
            Add(node, "((", ") != §)", $"{node}", other);
        }
        else
        {
            Add(node, $"(§ ? {other} : ", ")", $"{node}", other);
        }
    }

    private void Add(SyntaxNode node, string before, string behind, string original, string other)
    {
        var member = node.FirstAncestorOrSelf<MemberDeclarationSyntax>(m => m is not BaseTypeDeclarationSyntax and not BaseNamespaceDeclarationSyntax);
        _found.Add(new Mutant(
            file, Named(member), node.GetLocation().GetLineSpan().StartLinePosition.Line + 1, node.Span, before, behind, $"{OneLine(original)} -> {OneLine(other)}",
            IsOnce: member is not null && member.Modifiers.Any(StaticKeyword)
                && (member is FieldDeclarationSyntax or ConstructorDeclarationSyntax || node.Ancestors().Any(a => a is EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax }))));
    }

    private static string Named(MemberDeclarationSyntax? member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        ConstructorDeclarationSyntax => ".ctor",
        FieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier.Text,
        null => "",
        _ => member.Kind().ToString(),
    };

    private static string OneLine(string text)
    {
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= 120 ? text : text[..118] + "…";
    }
}
