using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// APIs that depend on the current culture implicitly. Whole numbers are left out where only their minus sign depends on it: no usual
/// culture changes the sign.
/// </summary>
internal static class CultureApis
{
    private static readonly HashSet<string> Comparing = ["Compare", "CompareTo", "StartsWith", "EndsWith", "IndexOf", "LastIndexOf", "ToUpper", "ToLower"];

    private static readonly HashSet<string> Cultures = ["IFormatProvider", "CultureInfo", "StringComparison", "CompareInfo", "NumberFormatInfo", "DateTimeFormatInfo"];

    private static readonly HashSet<string> Sorting = ["Sort", "Order", "OrderDescending", "OrderBy", "OrderByDescending", "ThenBy", "ThenByDescending"];

    /// <summary>The advice against calling the method; null when it doesn't depend on the culture.</summary>
    /// <param name="method">The method.</param>
    /// <param name="use">The call, or another operation that names the method.</param>
    public static string? AdviceFor(IMethodSymbol method, IOperation use)
    {
        if (method.Parameters.Any(p => IsCulture(p.Type) && !IsLeftOut(p, use)))
        {
            return null;
        }

        if (method.Name is "ToString" or "TryFormat" && use is IInvocationOperation call && call.Arguments.Any(a => IsFixedFormat(a.Value, method.ContainingType)))
        {
            return null;
        }

        var type = method.ContainingType;
        var depends = type.SpecialType == SpecialType.System_String
            ? (Comparing.Contains(method.Name) && method.Parameters.All(p => p.Type.SpecialType != SpecialType.System_Char)) || method.Name == "Format"
            : IsFormatted(type)
                ? method.Name is "Parse" or "TryParse" or "ParseExact" or "TryParseExact" || method.Name.StartsWith("ToLong", StringComparison.Ordinal) || method.Name.StartsWith("ToShort", StringComparison.Ordinal) || method.Name is "ToString" or "TryFormat"
                : (IsWholeNumber(type) && method.Name == "ToString" && !method.Parameters.IsEmpty) || SortsStrings(method);
        return depends ? NondeterministicApis.Culture : null;
    }

    /// <summary>The value that is formatted in the current culture, as messages call it: in an interpolated string, or in a concatenation.</summary>
    public static string? TextOf(IOperation operation) => operation switch
    {
        IInterpolationOperation { Expression.Type: { } fixedType, FormatString: { } format } when IsFixedFormat(format, fixedType) => null,
        IInterpolationOperation { Expression.Type: { } type, Parent: IInterpolatedStringOperation { Parent: not IConversionOperation { Type.SpecialType: not (SpecialType.System_String or SpecialType.System_Object) } } }
            when IsFormatted(type) => Written(type),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } sum => Operand(sum.LeftOperand) ?? Operand(sum.RightOperand),
        _ => null,
    };

    // "Standard date and time format strings" of .NET: these are the same in each culture.
    private static bool IsFixedFormat(IOperation format, ITypeSymbol type) =>
        format.ConstantValue is { HasValue: true, Value: "o" or "O" or "r" or "R" or "s" or "u" } && IsTime(type);

    private static bool IsTime(ITypeSymbol type) =>
        type.SpecialType == SpecialType.System_DateTime || type.IsNamed("System.DateTimeOffset") || type.IsNamed("System.DateOnly") || type.IsNamed("System.TimeOnly")
        || (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable && IsTime(nullable.TypeArguments[0]));

    private static string? Operand(IOperation operand) => operand is IConversionOperation { Operand.Type: { } type } && IsFormatted(type) ? Written(type) : null;

    private static string Written(ITypeSymbol type) => $"the text of a {Names.Show(type)}";

    private static bool IsLeftOut(IParameterSymbol parameter, IOperation use) => use is IInvocationOperation call
        && call.Arguments.Any(a => a.ArgumentKind == ArgumentKind.DefaultValue && SymbolEqualityComparer.Default.Equals(a.Parameter, parameter));

    private static bool IsCulture(ITypeSymbol type) =>
        Cultures.Contains(type.Name) || type.Name.EndsWith("Comparer", StringComparison.Ordinal);

    // The text contains a decimal point, or the names of days.
    private static bool IsFormatted(ITypeSymbol type) =>
        type.SpecialType is SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal or SpecialType.System_DateTime
        || type.IsNamed("System.DateTimeOffset") || type.IsNamed("System.DateOnly") || type.IsNamed("System.TimeOnly") || type.IsNamed("System.Half")
        || (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable && IsFormatted(nullable.TypeArguments[0]));

    private static bool IsWholeNumber(ITypeSymbol type) => type.SpecialType is >= SpecialType.System_SByte and <= SpecialType.System_UInt64 || type.IsNamed("System.Numerics.BigInteger");

    // Strings are sorted by the culture unless a comparer is given.
    private static bool SortsStrings(IMethodSymbol method)
    {
        if (!Sorting.Contains(method.Name) || method.ContainingNamespace?.ToDisplayString() is not ("System" or "System.Linq" or "System.Collections.Generic"))
        {
            return false;
        }

        if (method.Parameters.Any(p => p.Type.Name.StartsWith("Comparison", StringComparison.Ordinal)))
        {
            return false;
        }

        var sorted = method.TypeArguments.IsEmpty ? method.ContainingType.TypeArguments.FirstOrDefault() : method.TypeArguments[method.TypeArguments.Length - 1];
        return sorted?.SpecialType == SpecialType.System_String;
    }
}
