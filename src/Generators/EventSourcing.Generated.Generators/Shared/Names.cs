using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EventSourcing.Generators.Shared;

/// <summary>Names and literals as they are written in source.</summary>
internal static class Names
{
    /// <summary>
    /// The format with <c>global::</c>, outer types, type arguments, <c>?</c> on nullable references, keywords such as <c>int</c>, and @.
    /// </summary>
    public static readonly SymbolDisplayFormat FullyQualified = SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    // A message shows what the user wrote: int[,], not int[*,*].
    private static readonly SymbolDisplayFormat Short = SymbolDisplayFormat.CSharpShortErrorMessageFormat
        .RemoveMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.UseAsterisksInMultiDimensionalArrays);

    // A longer type would hide the rest of the message.
    private const int MaxShown = 80;

    /// <summary>A type as messages show it: without namespaces, and cut when it is long.</summary>
    public static string Show(ITypeSymbol type)
    {
        var text = type.ToDisplayString(Short);
        return text.Length <= MaxShown ? text : text.Substring(0, MaxShown - 1) + "…";
    }

    /// <summary>The name with @ where it is a keyword.</summary>
    public static string Escape(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None ? "@" + name : name;

    /// <summary>A string literal, quoted and escaped. It doesn't contain <c>global::</c>, which <see cref="SourceWriter"/> looks for.</summary>
    public static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true).Replace("::", ":\\u003A");

    /// <summary>The name, or the name with underscores if it is taken. From then on, the result is taken.</summary>
    public static string Free(string name, HashSet<string> taken)
    {
        while (!taken.Add(name))
        {
            name += "_";
        }

        return name;
    }

    /// <summary>The name of a property for a parameter: <c>bornOn</c> → <c>BornOn</c>.</summary>
    public static string Pascal(string name) =>
        name.Length == 0 || !char.IsLower(name[0]) ? name : char.ToUpperInvariant(name[0]) + name.Substring(1);

    /// <summary>The name in JSON, by the rule of System.Text.Json's camel case: <c>BornOn</c> → <c>bornOn</c>, <c>IPAddress</c> → <c>ipAddress</c>.</summary>
    public static string Camel(string name)
    {
        var text = new StringBuilder(name);
        for (var i = 0; i < text.Length && char.IsUpper(text[i]); i++)
        {
            // The last capital of a run begins the next word.
            if (i > 0 && i + 1 < text.Length && !char.IsUpper(text[i + 1]))
            {
                break;
            }

            text[i] = char.ToLowerInvariant(text[i]);
        }

        return text.ToString();
    }

    /// <summary>The source of a constant, such as the default of a parameter.</summary>
    public static string Constant(object? value, ITypeSymbol type)
    {
        var name = type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(FullyQualified);
        // The user wrote null!, or has no annotations: the compiler would warn of a plain null.
        if (value is null && type.IsReferenceType && type.NullableAnnotation != NullableAnnotation.Annotated)
        {
            return "null!";
        }

        if (value is null)
        {
            return type.IsReferenceType || type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T ? "null" : "default";
        }

        var underlying = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;
        if (underlying.TypeKind == TypeKind.Enum)
        {
            var typeName = underlying.ToDisplayString(FullyQualified);
            var member = underlying.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => f.HasConstantValue && Equals(f.ConstantValue, value) && !f.IsObsoleteError());
            return member is null ? $"({typeName})({Convert.ToString(value, CultureInfo.InvariantCulture)})" : $"{typeName}.{Escape(member.Name)}";
        }

        return value switch
        {
            string text => Literal(text),
            char c => SymbolDisplay.FormatLiteral(c, quote: true),
            bool b => b ? "true" : "false",
            float f when float.IsNaN(f) => "float.NaN",
            float f when float.IsInfinity(f) => f > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity",
            float f => f.ToString("R", CultureInfo.InvariantCulture) + "f",
            double d when double.IsNaN(d) => "double.NaN",
            double d when double.IsInfinity(d) => d > 0 ? "double.PositiveInfinity" : "double.NegativeInfinity",
            double d => d.ToString("R", CultureInfo.InvariantCulture) + "d",
            decimal m => m.ToString(CultureInfo.InvariantCulture) + "m",
            // A plain number would be an int, also beside a byte in a conditional expression.
            byte or sbyte or short or ushort => $"({underlying.ToDisplayString(FullyQualified)}){Convert.ToString(value, CultureInfo.InvariantCulture)}",
            long l => l.ToString(CultureInfo.InvariantCulture) + "L",
            ulong l => l.ToString(CultureInfo.InvariantCulture) + "UL",
            uint u => u.ToString(CultureInfo.InvariantCulture) + "U",
            // Not a constant of C#, but of [DateTimeConstant].
            DateTime d => $"new global::System.DateTime({d.Ticks.ToString(CultureInfo.InvariantCulture)}L)",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? name,
        };
    }
}
