using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Refusals;

/// <summary>Writes bodies that throw, and records that are never stored.</summary>
internal static class RefusalEmitter
{
    /// <param name="model">The refused members.</param>
    /// <param name="isBuild">
    /// Whether the generator itself reports the errors, so that the compiler should report no errors that follow from them.
    /// </param>
    /// <param name="writer">Receives the members.</param>
    public static void Write(RefusalModel model, bool isBuild, SourceWriter writer)
    {
        writer.Line("// These members can't raise an event; the error at each member gives the reason. The bodies prevent further errors of the compiler.");
        foreach (var (declaration, isDefinition, initializer, namesUnknown, record, reason) in model.Members)
        {
            if (record is not null)
            {
                writer.Line();
                writer.Line(KnownNames.GeneratedCode);
                writer.Line($"{record};");
            }

            // In an editor an unknown type would be an error here, too.
            if (declaration is not null && (isBuild || !namesUnknown))
            {
                writer.Line();
                writer.Line(isDefinition ? $"{declaration};" : $"{declaration}{(initializer is null ? "" : $" : {initializer}")} => throw new global::System.NotSupportedException({Names.Literal(reason)});");
            }
        }

        // In an editor the compiler's own error has the fix that adds a using directive.
        foreach (var type in isBuild ? model.UnknownTypes : EquatableArray<string>.Empty)
        {
            writer.Line();
            writer.Line("// The type is unknown, as an error reports. This declaration prevents further errors.");
            writer.Line($"public sealed class {type};");
        }
    }
}
