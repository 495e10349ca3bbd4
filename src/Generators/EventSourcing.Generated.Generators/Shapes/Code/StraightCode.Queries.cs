using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <content>Queries that filter, order or tidy items: always in the same way, on every machine.</content>
internal sealed partial class StraightCode
{
    /// <summary>The origin of the items of a query; null when the call only copies them.</summary>
    private PassedValue? Query(IMethodSymbol method, IInvocationOperation call)
    {
        List<IOperation> given = [.. call.Arguments.Where(a => !IsDefaultComparer(a)).Select(a => a.Value)];
        if (given.Count == 0)
        {
            return null;
        }

        var items = Evaluate(given[0]);
        switch (method.Name)
        {
            case "ToDictionary" when given is [_, var key, var value]:
                return IsPartOfPair(key, "Key") && IsPartOfPair(value, "Value") ? items.With(Change.Distinct) : PassedValue.Unknown;
            case "Distinct" when given.Count == 1:
            case "Where" when given is [_, var condition] && IsFixedFunction(condition):
                return items.With(Change.Tested);
            case "Order" or "OrderDescending" when call.TargetMethod.TypeArguments is [var item] && IsOrdered(item, call, given.Count == 1):
                return items.With(Change.Tested);
            case "OrderBy" or "OrderByDescending" or "ThenBy" or "ThenByDescending" when call.TargetMethod.TypeArguments is [_, var by] && IsOrdered(by, call, given.Count == 2) && IsFixedFunction(given[1]):
                return items.With(Change.Tested);
            case "Select" when given is [_, var selected]:
                var made = Selected(selected);
                return made.Source is null ? PassedValue.Unknown : made.Change == Change.None ? items : items.With(Change.Tested);
            default:
                return null;
        }
    }

    // The value of an item after the selection.
    private PassedValue Selected(IOperation selector)
    {
        if (LambdaOf(selector) is not { } lambda || !IsFixedFunction(selector))
        {
            return PassedValue.Unknown;
        }

        var before = this[lambda.Parameter];
        this[lambda.Parameter] = new PassedValue(lambda.Parameter);
        var result = Evaluate(lambda.Result);
        this[lambda.Parameter] = before;
        return SymbolEqualityComparer.Default.Equals(result.Source, lambda.Parameter) ? result : PassedValue.Unknown;
    }

    private static bool IsPartOfPair(IOperation selector, string name) => LambdaOf(selector) is { Parameter: var pair, Result: var result }
        && Plain(result) is IPropertyReferenceOperation { Property: { ContainingType.Name: "KeyValuePair", Name: var part }, Instance: IParameterReferenceOperation { Parameter: var asked } }
        && part == name && SymbolEqualityComparer.Default.Equals(pair, asked);

    // Whether a function reads only its item, and nothing that may change.
    private static bool IsFixedFunction(IOperation function) => Plain(function) is IDelegateCreationOperation { Target: IMethodReferenceOperation { Method: var named } } ? IsFixedQuestion(named)
        : LambdaOf(function) is { } lambda && !lambda.Result.DescendantsAndSelf().Any(o => DependsOnMore(o) || o is ILocalReferenceOperation or IInstanceReferenceOperation
            || o is IParameterReferenceOperation { Parameter.ContainingSymbol: not IMethodSymbol { MethodKind: MethodKind.AnonymousFunction } });

    private static (IParameterSymbol Parameter, IOperation Result)? LambdaOf(IOperation function) =>
        Plain(function) is IDelegateCreationOperation { Target: IAnonymousFunctionOperation { Symbol.Parameters: [var parameter], Body.Operations: [IReturnOperation { ReturnedValue: { } result }] } } ? (parameter, result) : null;

    // Texts are ordered by the culture, unless a comparer is given; user types are ordered by code that isn't checked.
    private static bool IsOrdered(ITypeSymbol type, IInvocationOperation call, bool isByDefault) => isByDefault
        ? type.TypeKind == TypeKind.Enum || type.SpecialType is (>= SpecialType.System_Boolean and <= SpecialType.System_Double) or SpecialType.System_DateTime
            || call.Arguments.Any(a => a.Parameter?.Name == "comparer" && a.ArgumentKind == ArgumentKind.Explicit && IsDefaultComparer(a) && !a.Value.ConstantValue.HasValue)
            || (HarmlessCode.IsOfFramework(type) && type.ToDisplayString() is "System.Guid" or "System.DateTimeOffset" or "System.DateOnly" or "System.TimeOnly" or "System.TimeSpan")
        : call.Arguments.Any(a => IsMember(a.Value, "StringComparer", "OrdinalIgnoreCase"));

    /// <summary>Whether an argument is the comparer with which sets and dictionaries are read, or is left out.</summary>
    private static bool IsDefaultComparer(IArgumentOperation argument) => argument.ArgumentKind == ArgumentKind.DefaultValue
        || (argument.Parameter?.Type.Name is "IEqualityComparer" or "IComparer" && (Plain(argument.Value) is { ConstantValue: { HasValue: true, Value: null } } || IsMember(argument.Value, "StringComparer", "Ordinal")));

    // Whether the value is a regular expression that can't change, such as one in a static read-only field.
    private static bool IsPattern(IOperation operation) => operation.Type is { Name: "Regex" } type && HarmlessCode.IsOfFramework(type)
        && Plain(operation) is IFieldReferenceOperation { Field: { IsStatic: true, IsReadOnly: true } } or IPropertyReferenceOperation { Instance: null, Property.SetMethod: null } or IInvocationOperation { Instance: null, Arguments.IsEmpty: true };

    private static bool IsMember(IOperation operation, string type, string name) =>
        Plain(operation) is IMemberReferenceOperation { Instance: null, Member: var member } && member.Name == name && member.ContainingType.Name == type && HarmlessCode.IsOfFramework(member.ContainingType);

    // Whether a method depends on the culture of the machine.
    private static bool IsOfCulture(IMethodSymbol method) => method switch
    {
        { ContainingType.SpecialType: SpecialType.System_Char, Name: "ToUpper" or "ToLower" } => method.Parameters.Length == 1,
        { ContainingType.SpecialType: SpecialType.System_String, Name: "ToUpper" or "ToLower" } => method.Parameters.IsEmpty,
        { ContainingType.SpecialType: SpecialType.System_String, Name: "StartsWith" or "EndsWith" or "IndexOf" or "LastIndexOf" or "Compare" or "CompareTo" or "Format" } =>
            !method.Parameters.Any(p => p.Type.SpecialType == SpecialType.System_Char || p.Type.Name is "StringComparison"),
        _ => false,
    };

    // A constant of StringComparison or RegexOptions that means the culture.
    private static bool IsOfCulture(IOperation operation) => operation is { Type.Name: "StringComparison", ConstantValue: not { HasValue: true, Value: (int)StringComparison.Ordinal or (int)StringComparison.OrdinalIgnoreCase } }
        or { Type.Name: "CultureInfo" } || (operation is { Type.Name: "RegexOptions", ConstantValue: { HasValue: true, Value: int options } } && (options & 1) != 0 && (options & 512) == 0);
}
