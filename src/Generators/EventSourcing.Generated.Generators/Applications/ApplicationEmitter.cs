using EventSourcing.Generators.Applications.Emitters;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications;

/// <summary>Writes the file of an application; each part has its own emitter.</summary>
internal static class ApplicationEmitter
{
    public static void Write(ApplicationModel model, SourceWriter writer) => model.Shell.Write(writer, BaseOf(model), w =>
    {
        OpeningEmitter.Write(model, w);
        SchemaEmitter.Write(model, w);
        RepositoryEmitter.Write(model, w);
        ViewSetEmitter.Write(model, w);
        RegistryEmitter.Write(model, w);
    });

    private static string BaseOf(ApplicationModel model) =>
        model.HasBase ? ""
        : model.ConstructorFits ? $" : {KnownNames.Library}.EventSourcedApplication<{model.KeyType}>"
        : $" : {KnownNames.Services}.FaultyApplication<{model.KeyType}>";
}
