using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes wrappers that are classes, which may be null. Wrappers that are structs are written inline.</summary>
internal static class WrapperEmitter
{
    public static void Write(ShapeModel shape, ValueCode code, SourceWriter writer)
    {
        using (ValueCode.OpenWrite(shape, writer))
        {
            code.WriteValue(shape.Element, ValueCode.Unwrapped(shape, "value"), "present", "field", writer);
        }
    }
}
