namespace EventSourcing;

/// <summary>
/// Names the converter that writes and reads a type in the state of events, on the type itself or on one parameter.
/// </summary>
/// <param name="converter">
/// A type with two accessible static methods: <c>void Write(Utf8JsonWriter writer, T value)</c>, which writes one JSON value,
/// and <c>T Read(ref Utf8JsonReader reader)</c>, which is called on the first token of that value and returns on its last.
/// </param>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Interface
    | AttributeTargets.Parameter | AttributeTargets.Property | AttributeTargets.Field,
    Inherited = false)]
public sealed class StateConverterAttribute(Type converter) : Attribute
{
    /// <summary>The type with the static methods <c>Write</c> and <c>Read</c>.</summary>
    public Type Converter { get; } = converter;
}
