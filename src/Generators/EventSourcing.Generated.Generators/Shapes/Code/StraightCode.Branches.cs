using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <content>Branches that continue, and the names that patterns give to values.</content>
internal sealed partial class StraightCode
{
    // The number of assignments to members.
    private int _assignments;

    /// <summary>Follows the branch that doesn't throw, or both of them; false for a mere check.</summary>
    private bool FollowBranches(IConditionalOperation choice)
    {
        var (whenTrue, whenFalse) = (choice.WhenTrue, choice.WhenFalse);
        if (HarmlessCode.AlwaysThrows(whenTrue) || HarmlessCode.AlwaysThrows(whenFalse))
        {
            // if (!_items.Add(item)) throw …;
            if (whenFalse is null && choice.Condition is IUnaryOperation { OperatorKind: UnaryOperatorKind.Not, Operand: var addition } && _filled is not null && AddedBy(addition) is { } added)
            {
                Add(added, choice.Condition);
            }
            else
            {
                Check(choice.Condition);
            }

            Check(HarmlessCode.AlwaysThrows(whenTrue) ? whenTrue : whenFalse!);
            if ((HarmlessCode.AlwaysThrows(whenTrue) ? whenFalse : whenTrue) is { } other)
            {
                Follow(other);
            }

            return true;
        }

        if (_filled is not null || (_harmless.Is(choice) && !HarmlessCode.AssignedIn(whenTrue).Any() && (whenFalse is null || !HarmlessCode.AssignedIn(whenFalse).Any())))
        {
            return false;
        }

        Check(choice.Condition);
        var asked = AskedBy(choice.Condition);
        var before = new Dictionary<ISymbol, PassedValue>(_values, SymbolEqualityComparer.Default);
        var first = After(whenTrue, before);
        var second = After(whenFalse, before);
        if (!first.Assigned.SetEquals(second.Assigned))
        {
            Report(choice);
        }

        foreach (var symbol in first.Values.Keys.Union(second.Values.Keys, SymbolEqualityComparer.Default).OfType<ISymbol>().ToList())
        {
            var (one, other) = (Of(first.Values, symbol), Of(second.Values, symbol));
            this[symbol] = one == other ? one : Choose(asked, one, other, symbol.TypeOfValue());
        }

        return true;

        static PassedValue Of(Dictionary<ISymbol, PassedValue> values, ISymbol symbol) => values.TryGetValue(symbol, out var value) ? value : PassedValue.Unknown;
    }

    // The values that symbols have after a branch, and the members that it assigns.
    private (Dictionary<ISymbol, PassedValue> Values, HashSet<ISymbol> Assigned) After(IOperation? branch, Dictionary<ISymbol, PassedValue> before)
    {
        _values.Clear();
        foreach (var known in before)
        {
            _values.Add(known.Key, known.Value);
        }

        var assigned = new HashSet<ISymbol>(_members, SymbolEqualityComparer.Default);
        _members.Clear();
        if (branch is not null)
        {
            Follow(branch);
        }

        var result = (new Dictionary<ISymbol, PassedValue>(_values, SymbolEqualityComparer.Default), new HashSet<ISymbol>(_members, SymbolEqualityComparer.Default));
        _members.UnionWith(assigned);
        return result;
    }

    /// <summary>Follows the only case that doesn't throw, when one of the cases is always taken.</summary>
    private bool FollowOnlyCase(ISwitchOperation choice)
    {
        if (choice.Cases.Where(c => !HarmlessCode.AlwaysThrows(c.Body.LastOrDefault())).ToList() is not [var only]
            || only.Body is not [.. var statements, IBranchOperation { BranchKind: BranchKind.Break }]
            || !choice.Cases.Any(c => c.Clauses.Any(l => l is IDefaultCaseClauseOperation)))
        {
            return false;
        }

        Check(choice.Value);
        foreach (var part in choice.Cases.SelectMany(c => c == only ? c.Clauses : c.Clauses.Concat(c.Body)))
        {
            Check(part);
        }

        NamePatterns(choice);
        foreach (var statement in statements)
        {
            Follow(statement);
        }

        return true;
    }

    /// <summary>Follows a method of the object's own, which assigns members as the constructor does.</summary>
    private void FollowCall(IInvocationOperation call)
    {
        var method = _harmless.Called(call.TargetMethod, call.Instance) is { } called ? HarmlessCode.Implementation(called) : null;
        if (method is not { ReturnsVoid: true, IsAsync: false } || _calls >= MaxDepth || method.Parameters.Any(p => p.RefKind is not (RefKind.None or RefKind.In)) || _harmless.BodyOf(method) is not { } body)
        {
            Report(call);
            return;
        }

        var arguments = call.Arguments.Select(a => (a.Parameter, Value: Pass(a.Value))).ToList();
        foreach (var (parameter, value) in arguments)
        {
            if (parameter is not null)
            {
                this[method.Parameters[parameter.Ordinal]] = value;
            }
        }

        var (problem, before) = (Problem, _members.ToDictionary(m => m, m => this[m], SymbolEqualityComparer.Default));
        _calls++;
        Follow(body);
        _calls--;
        // Where a member gets another value, the call is the better place to report.
        if (problem is null && (Problem is not null || _members.Any(m => this[m] == PassedValue.Unknown && (!before.TryGetValue(m, out var value) || value != PassedValue.Unknown))))
        {
            Problem = null;
            Report(call);
        }
    }

    // A name in a pattern can be used only where the pattern matches, and so it stands for the value.
    private void NamePatterns(IOperation operation)
    {
        var assigned = new HashSet<ISymbol>(HarmlessCode.AssignedIn(operation), SymbolEqualityComparer.Default);
        foreach (var part in operation.DescendantsAndSelf())
        {
            switch (part)
            {
                case IIsPatternOperation { Value: var value, Pattern: var pattern }:
                    Name(pattern, value);
                    break;
                case ISwitchExpressionOperation { Value: var value, Arms: var arms }:
                    foreach (var arm in arms)
                    {
                        Name(arm.Pattern, value);
                    }

                    break;
                case ISwitchOperation { Value: var value, Cases: var cases }:
                    foreach (var clause in cases.SelectMany(c => c.Clauses).OfType<IPatternCaseClauseOperation>())
                    {
                        Name(clause.Pattern, value);
                    }

                    break;
            }
        }

        void Name(IPatternOperation pattern, IOperation value)
        {
            switch (pattern)
            {
                case INegatedPatternOperation { Pattern: var inner }:
                    Name(inner, value);
                    break;
                case IBinaryPatternOperation { LeftPattern: var left, RightPattern: var right }:
                    Name(left, value);
                    Name(right, value);
                    break;
                case IDeclarationPatternOperation { DeclaredSymbol: { } symbol }:
                    Set(symbol);
                    break;
                case IRecursivePatternOperation { DeclaredSymbol: { } symbol }:
                    Set(symbol);
                    break;
                case IListPatternOperation { DeclaredSymbol: { } symbol }:
                    Set(symbol);
                    break;
            }

            void Set(ISymbol symbol)
            {
                if (!assigned.Contains(symbol))
                {
                    this[symbol] = Evaluate(value);
                }
            }
        }
    }
}
