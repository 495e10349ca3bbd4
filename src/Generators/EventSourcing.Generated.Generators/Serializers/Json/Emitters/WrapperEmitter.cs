using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers.Json.Emitters;

/// <summary>Writes wrappers that are classes, which may be null; those that are structs are written where they stand.</summary>
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
