using EventSourcing.Generators.Recorders;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Registrations;

/// <summary>The files of an application: its face, its recorders, and its registration for dependency injection.</summary>
internal static class RegistrationGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<ApplicationModel> applications) =>
        context.RegisterSourceOutput(applications, static (output, model) =>
        {
            Add(output, model, "Application", ApplicationEmitter.Write);
            if (model.HasSqlite)
                Add(output, model, "Sqlite", static (m, w) => m.Shell.Write(w, "", members => RecorderEmitter.WriteSqlite(m.Recorder, members)));
            if (model.HasPostgreSql)
                Add(output, model, "PostgreSql", static (m, w) => m.Shell.Write(w, "", members => RecorderEmitter.WritePostgreSql(m.Recorder, members)));
            if (model.HasServices)
                Add(output, model, "DependencyInjection", ServicesEmitter.Write);
        });

    private static void Add(SourceProductionContext output, ApplicationModel model, string feature, Action<ApplicationModel, SourceWriter> write)
    {
        var writer = new SourceWriter();
        write(model, writer);
        output.AddSource($"{model.Shell.MetadataName}.{feature}.g.cs", writer.ToSourceText());
    }
}
