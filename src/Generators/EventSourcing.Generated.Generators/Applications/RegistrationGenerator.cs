using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Applications;

/// <summary>The files of an application: its face, its recorders, and its registration for dependency injection.</summary>
internal static class RegistrationGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<ApplicationModel> applications) =>
        context.RegisterSourceOutput(applications.WithHintNames(static model => model.Shell), static (output, named) =>
        {
            var (model, hintName) = named;
            output.Add(hintName, "Application", writer => ApplicationEmitter.Write(model, writer));
            if (model.HasSqlite)
            {
                output.Add(hintName, "Sqlite", writer => model.Shell.Write(writer, "", members => RecorderEmitter.WriteSqlite(model.Recorder, members)));
            }

            if (model.HasPostgreSql)
            {
                output.Add(hintName, "PostgreSql", writer => model.Shell.Write(writer, "", members => RecorderEmitter.WritePostgreSql(model.Recorder, members)));
            }

            if (model.HasServices)
            {
                output.Add(hintName, "DependencyInjection", writer => ServicesEmitter.Write(model, writer));
            }
        });
}
