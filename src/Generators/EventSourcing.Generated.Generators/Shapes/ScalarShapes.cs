using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>The types that are written as one JSON value.</summary>
internal static class ScalarShapes
{
    /// <summary>The name and the handling of a scalar, or null when the type isn't one.</summary>
    public static (string Name, ScalarModel Model)? Of(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Boolean => Direct("Boolean", "WriteBoolean"),
        SpecialType.System_SByte => Direct("SByte", "WriteNumber", isKey: true),
        SpecialType.System_Byte => Direct("Byte", "WriteNumber", isKey: true),
        SpecialType.System_Int16 => Direct("Int16", "WriteNumber", isKey: true),
        SpecialType.System_UInt16 => Direct("UInt16", "WriteNumber", isKey: true),
        SpecialType.System_Int32 => Direct("Int32", "WriteNumber", isKey: true),
        SpecialType.System_UInt32 => Direct("UInt32", "WriteNumber", isKey: true),
        SpecialType.System_Int64 => Direct("Int64", "WriteNumber", isKey: true),
        SpecialType.System_UInt64 => Direct("UInt64", "WriteNumber", isKey: true, isRead: false),
        SpecialType.System_IntPtr => Direct("IntPtr", "WriteNumber", "(long)", isKey: true, isRead: false),
        SpecialType.System_UIntPtr => Direct("UIntPtr", "WriteNumber", "(ulong)", isKey: true, isRead: false),
        SpecialType.System_Decimal => Direct("Decimal", "WriteNumber", isRead: false),
        SpecialType.System_DateTime => Direct("DateTime", "WriteString"),
        SpecialType.System_Single => Helped("Single"),
        SpecialType.System_Double => Helped("Double"),
        SpecialType.System_Char => Helped("Char"),
        SpecialType.System_String => Helped("String", isKey: true, isRead: true),
        _ => OfName(type),
    };

    private static (string Name, ScalarModel Model)? OfName(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte })
        {
            return Helped("Bytes");
        }

        if (type is not INamedTypeSymbol { ContainingType: null, ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
        {
            return null;
        }

        return type.MetadataName switch
        {
            "Guid" => Direct("Guid", "WriteString", isKey: true),
            "DateTimeOffset" => Direct("DateTimeOffset", "WriteString"),
            "DateOnly" => Helped("DateOnly"),
            "TimeOnly" => Helped("TimeOnly"),
            "TimeSpan" => Helped("TimeSpan"),
            "Uri" => Helped("Uri"),
            _ => null,
        };
    }

    private static (string Name, ScalarModel Model) Direct(string name, string writer, string cast = "", bool isKey = false, bool isRead = true) =>
        (name, new ScalarModel { Writer = writer, Cast = cast, IsKey = isKey, IsRead = isRead });

    private static (string Name, ScalarModel Model) Helped(string name, bool isKey = false, bool isRead = false) =>
        (name, new ScalarModel { Writer = null, Cast = "", IsKey = isKey, IsRead = isRead });
}
