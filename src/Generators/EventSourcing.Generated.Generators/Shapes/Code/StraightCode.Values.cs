using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>Finds out where the value of an expression comes from.</summary>
internal sealed partial class StraightCode
{
    private const int MaxDepth = 4;

    private static readonly HashSet<string> DistinctMethods =
        ["ToHashSet", "ToImmutableHashSet", "ToDictionary", "ToImmutableDictionary", "ToImmutableSortedSet", "ToImmutableSortedDictionary", "ToFrozenSet", "ToFrozenDictionary"];

    /// <summary>Methods that copy all items in their order, or give another view of them.</summary>
    public static readonly HashSet<string> CopyingMethods =
    [
        "AsReadOnly", "AsEnumerable", "ToArray", "ToList", "ToImmutableArray", "ToImmutableList", "CreateRange", "Clone",
        .. DistinctMethods,
    ];

    private static readonly HashSet<string> CopyingTypes = ["List", "Collection", "ReadOnlyCollection", "LinkedList", "Queue", "ObservableCollection"];

    private static readonly HashSet<string> DistinctTypes =
        ["HashSet", "SortedSet", "Dictionary", "SortedDictionary", "SortedList", "ReadOnlyDictionary", "ReadOnlySet", "ImmutableHashSet", "ImmutableSortedSet", "ImmutableDictionary", "ImmutableSortedDictionary"];

    // The value on which the members behind ?. are called.
    private PassedValue _accessed;

    /// <summary>Whether members of the object with an unknown value stand for themselves, as in a getter.</summary>
    public bool ReadsMembers { get; set; }

    /// <summary>The origin of the value. Other effects of the expression aren't checked.</summary>
    public PassedValue Evaluate(IOperation? operation)
    {
        switch (operation)
        {
            case ILocalReferenceOperation { Local: var local }:
                return this[local];
            case IParameterReferenceOperation { Parameter: var parameter }:
                return Known(parameter.OriginalDefinition);
            case IConditionalAccessInstanceOperation:
                return _accessed;
            case IFieldReferenceOperation or IPropertyReferenceOperation { Arguments.IsEmpty: true } when TargetOf(operation) is { } member && (member is not IPropertySymbol { GetMethod: { } getter } || HarmlessCode.IsMade(getter) || operation is IFieldReferenceOperation):
                return Known(member);
            case IConversionOperation conversion when ConstantOf(conversion) is { Constant: not ConstantKind.None } constant:
                return constant;
            case IConversionOperation { OperatorMethod: null } conversion:
                return KeepsValue(conversion) ? Evaluate(conversion.Operand) : PassedValue.Unknown;
            case ISimpleAssignmentOperation { Value: var assigned }:
                return Evaluate(assigned);
            case ICoalesceOperation { Value: var value, WhenNull: var otherwise }:
                return IsThrow(otherwise) ? Evaluate(value) : Evaluate(value).Fill(ConstantOf(otherwise));
            case ICoalesceAssignmentOperation { Target: var value, Value: var otherwise }:
                return Evaluate(value).Fill(ConstantOf(otherwise));
            case IConditionalOperation { WhenFalse: { } whenFalse } choice:
                return IsThrow(choice.WhenTrue) ? Evaluate(whenFalse) : IsThrow(whenFalse) ? Evaluate(choice.WhenTrue)
                    : Choose(AskedBy(choice.Condition), Evaluate(choice.WhenTrue), Evaluate(whenFalse), choice.WhenTrue.Type ?? whenFalse.Type);
            case ISwitchExpressionOperation { Arms: var arms }:
                var values = arms.Where(a => !IsThrow(a.Value)).Select(a => Evaluate(a.Value)).ToList();
                return values is [var only] || (values.Distinct().ToList() is [{ Change: Change.None } same] && (only = same) == same) ? only : PassedValue.Unknown;
            case ICollectionExpressionOperation { Elements: [ISpreadOperation { Operand: var spread }] }:
                return IsDistinct(operation.Type) ? Evaluate(spread).With(Change.Distinct) : Evaluate(spread);
            case IConditionalAccessOperation { Operation: var instance, WhenNotNull: var then }:
                return EvaluateAccess(instance, then);
            case IObjectCreationOperation { Initializer: null, Type: INamedTypeSymbol made } creation when HarmlessCode.IsOfFramework(made) && creation.Arguments.Where(a => !IsDefaultComparer(a)).ToList() is [{ Value: var copied, Parameter.Name: not "capacity" }]:
                return CopyingTypes.Contains(made.Name) ? Evaluate(copied)
                    : DistinctTypes.Contains(made.Name) ? Evaluate(copied).With(Change.Distinct)
                    // A text that is made of characters.
                    : made.SpecialType == SpecialType.System_String ? Evaluate(copied).With(Change.Tested)
                    : PassedValue.Unknown;
            case IPropertyReferenceOperation { Instance: { } whole, Property: { Name: "Date", ContainingType.SpecialType: SpecialType.System_DateTime } }:
                return Evaluate(whole).With(Change.Tested);
            case IInvocationOperation call:
                return Call(call);
            default:
                return operation is null ? PassedValue.Unknown : ConstantOf(operation);
        }
    }

    private PassedValue Known(ISymbol symbol) => _values.TryGetValue(symbol, out var value) ? value : ReadsMembers ? new PassedValue(symbol) : PassedValue.Unknown;

    private PassedValue EvaluateAccess(IOperation instance, IOperation then)
    {
        _accessed = Evaluate(instance);
        return Evaluate(then);
    }

    /// <summary>One of two values, one of which is a constant, under a condition that reads only the value.</summary>
    /// <param name="asked">The values that the condition reads; null when it reads something else, too.</param>
    /// <param name="first">The first value.</param>
    /// <param name="second">The second value.</param>
    /// <param name="type">The type of both.</param>
    private static PassedValue Choose(IReadOnlyList<PassedValue>? asked, PassedValue first, PassedValue second, ITypeSymbol? type)
    {
        var (constant, value) = first.Constant == ConstantKind.None ? (second, first) : (first, second);
        if (constant.Constant == ConstantKind.None || value.Source is null || asked is null || asked.Any(a => !SymbolEqualityComparer.Default.Equals(a.Source, value.Source)))
        {
            return PassedValue.Unknown;
        }

        if (value.Change != Change.None || asked.Any(a => a != value))
        {
            return constant.Constant == ConstantKind.Other ? PassedValue.Unknown : value.With(Change.Tested);
        }

        var keepsDefault = constant.Constant == ConstantKind.Default && type is { IsValueType: true, OriginalDefinition.SpecialType: not SpecialType.System_Nullable_T };
        return value.With(keepsDefault ? Change.Tidied : Change.Bounded);
    }

    private IReadOnlyList<PassedValue>? AskedBy(IOperation condition) => condition.DescendantsAndSelf().Any(DependsOnMore) ? null
        : [.. condition.DescendantsAndSelf().Where(o => o is ILocalReferenceOperation or IParameterReferenceOperation { Parameter.ContainingSymbol: not IMethodSymbol { MethodKind: MethodKind.AnonymousFunction } } || TargetOf(o) is IFieldSymbol or IPropertySymbol).Select(Evaluate)];

    // Static members may change between two reads, and methods may read them.
    private static bool DependsOnMore(IOperation operation) => operation switch
    {
        _ when IsOfCulture(operation) => true,
        IFieldReferenceOperation { Field.IsConst: true } => false,
        IMethodReferenceOperation { Method: var named } => !IsFixedQuestion(named),
        IMemberReferenceOperation { Instance: null } => true,
        IPropertyReferenceOperation { Property.GetMethod: { } getter } => !HarmlessCode.IsMade(getter),
        IInvocationOperation { TargetMethod: var called } => !IsFixedQuestion(called),
        _ => false,
    };

    private static bool IsFixedQuestion(IMethodSymbol method) => !IsOfCulture(method)
        && (method.ContainingType.SpecialType is SpecialType.System_String or SpecialType.System_Char || method.ContainingType.ToDisplayString() is "System.Math" or "System.Linq.Enumerable");

    private PassedValue Call(IInvocationOperation call)
    {
        var method = (call.TargetMethod.ReducedFrom ?? call.TargetMethod).OriginalDefinition;
        if (_harmless.BodyOf(method) is { } body)
        {
            return _harmless.Called(method, call.Instance) is { } called && (SymbolEqualityComparer.Default.Equals(called, method) || (body = _harmless.BodyOf(called)) is not null) ? Returned(body!, call) : PassedValue.Unknown;
        }

        if (method.ContainingNamespace.ToDisplayString() == "Ardalis.GuardClauses")
        {
            return call.Arguments.Length > 1 ? Evaluate(call.Arguments[1].Value) : PassedValue.Unknown;
        }

        if (!HarmlessCode.IsOfFramework(method.ContainingType))
        {
            return PassedValue.Unknown;
        }

        if (method.ContainingType.ToDisplayString() == "System.Linq.Enumerable" && Query(method, call) is { } queried)
        {
            return queried;
        }

        var arguments = call.Arguments.Where(a => !IsDefaultComparer(a)).Select(a => a.Value);
        List<IOperation> given = call.Instance is null ? [.. arguments] : [call.Instance, .. arguments];
        var values = given.Where(g => !IsSetting(g)).ToList();
        return values is [var only] ? Called(method, given, Evaluate(only)) : PassedValue.Unknown;
    }

    private static PassedValue Called(IMethodSymbol method, IReadOnlyList<IOperation> given, PassedValue value)
    {
        var type = method.ContainingType;
        switch (method.Name)
        {
            case "Trim" or "TrimStart" or "TrimEnd" when type.SpecialType == SpecialType.System_String:
                return value.With(given.Count == 1 ? Change.Text : Change.Tidied);
            // The result of the other methods depends on the culture of the machine.
            case "ToUpperInvariant" or "ToLowerInvariant" when type.SpecialType == SpecialType.System_String:
            case "ToUpper" or "ToLower" when type.SpecialType == SpecialType.System_String && given.Count == 2:
                return value.With(Change.Text);
            // A call that would change its own result again is refused here, as far as its arguments show it.
            case "Replace" when type.SpecialType == SpecialType.System_String && given is [_, { ConstantValue: { HasValue: true, Value: var old } }, { ConstantValue: { HasValue: true, Value: var by } }, ..] && by?.ToString().Contains(old?.ToString() ?? "") == true:
            case "Substring" when given is not [_, { ConstantValue: { HasValue: true, Value: 0 } }, _]:
                return PassedValue.Unknown;
            case "Replace" or "Substring" or "PadLeft" or "PadRight" or "Split" or "Join" or "Concat" or "ToCharArray" when type.SpecialType == SpecialType.System_String && !given.Any(IsOfCulture):
            case "Replace" when type.ToDisplayString() == "System.Text.RegularExpressions.Regex" && !given.Any(IsOfCulture):
            case "ToUniversalTime" or "SpecifyKind" when type.SpecialType == SpecialType.System_DateTime || type.ToDisplayString() == "System.DateTimeOffset":
                return value.With(Change.Tested);
            case "Normalize" when type.SpecialType == SpecialType.System_String:
                return value.With(Change.Tidied);
            case "Round" or "Floor" or "Ceiling" or "Truncate" or "Abs" when IsNumeric(type):
                return value.With(Change.Tidied);
            case "Min" or "Max" or "Clamp" when IsNumeric(type):
                var bounds = given.Select(g => Plain(g).ConstantValue).Where(c => c.HasValue).Select(c => Convert.ToDouble(c.Value, CultureInfo.InvariantCulture)).ToList();
                var keepsZero = method.Name == "Min" ? bounds is [>= 0] : method.Name == "Max" ? bounds is [<= 0] : bounds is [<= 0, >= 0];
                return value.With(keepsZero ? Change.Tidied : Change.Bounded);
            default:
                // It isn't known which items a comparer treats as equal.
                return !CopyingMethods.Contains(method.Name) || given.Count != 1 ? PassedValue.Unknown
                    : DistinctMethods.Contains(method.Name) || DistinctTypes.Contains(type.Name) ? value.With(Change.Distinct)
                    : value;
        }
    }

    // A user's method that returns its argument, such as one that checks it.
    private PassedValue Returned(IOperation body, IInvocationOperation call)
    {
        if (depth >= MaxDepth || !_harmless.Is(body))
        {
            return PassedValue.Unknown;
        }

        var code = new StraightCode(type, compilation, depth + 1, _harmless);
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter is { } parameter)
            {
                code[HarmlessCode.Implementation(parameter)] = Evaluate(argument.Value);
            }
        }

        var returned = body.DescendantsAndSelf().OfType<IReturnOperation>().Where(r => !IsInFunction(r, body)).ToList();
        // With one return at the end, the code before it is followed; several returns must return the same value.
        if (returned is [var only] && body is IBlockOperation { Operations: [.. var before, IReturnOperation] })
        {
            foreach (var statement in before)
            {
                code.Follow(statement);
            }

            return code is { Problem: null, Members.Count: 0 } ? code.Evaluate(only.ReturnedValue) : PassedValue.Unknown;
        }

        return !HarmlessCode.AssignedIn(body).Any(s => s is IParameterSymbol) && returned.Select(r => code.Evaluate(r.ReturnedValue)).Distinct().ToList() is [var same] ? same : PassedValue.Unknown;
    }

    private static bool IsNumeric(ITypeSymbol type) => type.SpecialType is >= SpecialType.System_SByte and <= SpecialType.System_Double || type.ToDisplayString() is "System.Math" or "System.MathF";

    // Whether an argument is a setting, and not the value that is changed: a constant, or the kind of rounding.
    private static bool IsSetting(IOperation operation) =>
        ConstantOf(operation).Constant != ConstantKind.None || IsPattern(operation) || Plain(operation) is IPropertyReferenceOperation { Instance: null, Property: { Name: "InvariantCulture", ContainingType.Name: "CultureInfo" } };

    private static bool KeepsValue(IConversionOperation conversion)
    {
        var how = conversion.Conversion;
        // A value of another type becomes null.
        if (conversion.IsTryCast)
        {
            return false;
        }

        return how.IsIdentity || how.IsReference || conversion.Operand is ICollectionExpressionOperation or IObjectCreationOperation
            || (how.IsNullable && SymbolEqualityComparer.Default.Equals(WithoutNull(conversion.Type), WithoutNull(conversion.Operand.Type)));
    }

    private static ITypeSymbol? WithoutNull(ITypeSymbol? type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    private static bool IsThrow(IOperation operation) => Plain(operation) is IThrowOperation;

    private static bool IsDistinct(ITypeSymbol? type) => type is not null && DistinctTypes.Contains(type.Name);

    private static IOperation Plain(IOperation operation)
    {
        while (operation is IConversionOperation { OperatorMethod: null, Operand: var operand })
        {
            operation = operand;
        }

        return operation;
    }

    private static PassedValue ConstantOf(IOperation operation)
    {
        var plain = Plain(operation);
        return PassedValue.Of(plain switch
        {
            IDefaultValueOperation => ConstantKind.Default,
            { ConstantValue: { HasValue: true, Value: var value } } => value switch
            {
                null or false or '\0' => ConstantKind.Default,
                "" => ConstantKind.EmptyText,
                string => ConstantKind.Other,
                IConvertible number when number is not char and not bool => number.ToDouble(null) == 0 ? ConstantKind.Default : ConstantKind.Other,
                _ => ConstantKind.Other,
            },
            IFieldReferenceOperation { Field: { IsStatic: true, IsReadOnly: true, Name: var name } field } when HarmlessCode.IsOfFramework(field.ContainingType) =>
                field.ContainingType.SpecialType == SpecialType.System_String ? ConstantKind.EmptyText
                : name is "Empty" or "Zero" && field.ContainingType is { IsValueType: true, Name: not "ImmutableArray" } ? ConstantKind.Default
                : name == "Empty" ? ConstantKind.EmptyCollection
                : ConstantKind.Other,
            IPropertyReferenceOperation { Property: { IsStatic: true, Name: "Empty" } property } when HarmlessCode.IsOfFramework(property.ContainingType) => ConstantKind.EmptyCollection,
            IInvocationOperation { TargetMethod: { Name: "Empty", IsStatic: true } method, Arguments.IsEmpty: true } when HarmlessCode.IsOfFramework(method.ContainingType) => ConstantKind.EmptyCollection,
            ICollectionExpressionOperation { Elements.IsEmpty: true } => ConstantKind.EmptyCollection,
            IArrayCreationOperation { Initializer: null or { ElementValues.IsEmpty: true }, DimensionSizes: [{ ConstantValue: { HasValue: true, Value: 0 } }] } => ConstantKind.EmptyCollection,
            IObjectCreationOperation { Initializer: null, Type: { } made } creation when creation.Arguments.All(a => IsDefaultComparer(a) || a.Parameter?.Name == "capacity") && HarmlessCode.IsOfFramework(made) && (CopyingTypes.Contains(made.Name) || DistinctTypes.Contains(made.Name)) => ConstantKind.EmptyCollection,
            IObjectCreationOperation { Arguments.IsEmpty: true, Initializer: null, Type.IsValueType: true } => ConstantKind.Default,
            _ => ConstantKind.None,
        });
    }
}
