namespace EventSourcing;

/// <summary>
/// Names the converter of a type that isn't yours, once for the assembly: <c>[assembly: StateConverterFor(typeof(Instant), typeof(InstantConverter))]</c>.
/// A converter that is named on a parameter, a member or the type itself takes precedence. Converters of referenced assemblies have no effect.
/// </summary>
/// <param name="type">The type.</param>
/// <param name="converter">A type with the two methods that <see cref="StateConverterAttribute"/> asks for.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class StateConverterForAttribute(Type type, Type converter) : Attribute
{
    /// <summary>The type that is converted.</summary>
    public Type Type { get; } = type;

    /// <summary>The type with the static methods <c>Write</c> and <c>Read</c>.</summary>
    public Type Converter { get; } = converter;
}
