using System.Collections;
using System.Reflection;

namespace EventSourcing.Serializers.Tests;

/// <summary>Compares values to the last bit: kinds and offsets of times, digits of decimals, elements of collections.</summary>
internal static class Likeness
{
    /// <summary>The first difference between two values, or null.</summary>
    public static string? Difference(object? left, object? right, string path = "")
    {
        if (left is null || right is null)
        {
            return left is null && right is null ? null : $"{path}: null";
        }

        if (left.GetType() != right.GetType() && left is not IEnumerable)
        {
            return $"{path}: {left.GetType()} and {right.GetType()}";
        }

        return left switch
        {
            string or bool or Guid or Enum or char or DateOnly or TimeOnly or TimeSpan => Check(left.Equals(right)),
            sbyte or byte or short or ushort or int or uint or long or ulong or nint or nuint => Check(left.Equals(right)),
            double x => Check(double.IsNaN(x) ? double.IsNaN((double)right) : BitConverter.DoubleToInt64Bits(x) == BitConverter.DoubleToInt64Bits((double)right)),
            float x => Check(float.IsNaN(x) ? float.IsNaN((float)right) : BitConverter.SingleToInt32Bits(x) == BitConverter.SingleToInt32Bits((float)right)),
            // The sign of a decimal zero has no form in JSON.
            decimal x => Check(x == (decimal)right && x.Scale == ((decimal)right).Scale),
            DateTime x => Check(x == (DateTime)right && x.Kind == ((DateTime)right).Kind),
            DateTimeOffset x => Check(x.EqualsExact((DateTimeOffset)right)),
            Uri x => Check(x.OriginalString == ((Uri)right).OriginalString),
            IEnumerable x => Items(x, (IEnumerable)right, path),
            _ => Members(left, right, path),
        };

        string? Check(bool same) => same ? null : $"{path}: {left} and {right}";
    }

    private static string? Items(IEnumerable left, IEnumerable right, string path)
    {
        // Sets and dictionaries have no order: their items are compared in the order of their texts.
        var isOrdered = left is IList;
        var (lefts, rights) = (Listed(left, isOrdered), Listed(right, isOrdered));
        if (lefts.Count != rights.Count)
        {
            return $"{path}: {lefts.Count} and {rights.Count} items";
        }

        return lefts.Zip(rights).Select((pair, i) => Difference(pair.First, pair.Second, $"{path}[{i}]")).FirstOrDefault(d => d is not null);
    }

    private static List<object?> Listed(IEnumerable items, bool isOrdered) =>
        isOrdered ? [.. items.Cast<object?>()] : [.. items.Cast<object?>().OrderBy(i => i?.ToString(), StringComparer.Ordinal)];

    private static string? Members(object left, object right, string path)
    {
        var type = left.GetType();
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0)
            .Select(p => Difference(p.GetValue(left), p.GetValue(right), $"{path}.{p.Name}"));
        var fields = type.GetFields(BindingFlags.Public | BindingFlags.Instance)
            .Select(f => Difference(f.GetValue(left), f.GetValue(right), $"{path}.{f.Name}"));
        return properties.Concat(fields).FirstOrDefault(d => d is not null);
    }
}
