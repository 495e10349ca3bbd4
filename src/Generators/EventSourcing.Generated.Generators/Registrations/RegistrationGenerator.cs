using EventSourcing.Generators.Recorders;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Registrations;

/// <summary>The files of an application: its face, its recorders, and its registration for dependency injection.</summary>
internal static class RegistrationGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<ApplicationModel> applications) =>
        context.RegisterSourceOutput(applications.WithHintNames(static model => model.Shell), static (output, named) =>
        {
            var model = named.Model;
            Add(output, named, "Application", ApplicationEmitter.Write);
            if (model.HasSqlite)
                Add(output, named, "Sqlite", static (m, w) => m.Shell.Write(w, "", members => RecorderEmitter.WriteSqlite(m.Recorder, members)));
            if (model.HasPostgreSql)
                Add(output, named, "PostgreSql", static (m, w) => m.Shell.Write(w, "", members => RecorderEmitter.WritePostgreSql(m.Recorder, members)));
            if (model.HasServices)
                Add(output, named, "DependencyInjection", ServicesEmitter.Write);
        });

    private static void Add(SourceProductionContext output, (ApplicationModel Model, string HintName) named, string feature, Action<ApplicationModel, SourceWriter> write)
    {
        var writer = new SourceWriter();
        write(named.Model, writer);
        output.AddSource($"{named.HintName}.{feature}.g.cs", writer.ToSourceText());
    }
}
