using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Recorders;

/// <summary>One file for each recorder of an application.</summary>
internal static class RecorderGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<RecorderModel> recorders) =>
        context.RegisterSourceOutput(recorders.WithHintNames(static model => model.Shell), static (output, named) =>
        {
            var (model, hintName) = named;
            if (model.HasSqlite)
            {
                output.Add(hintName, "Sqlite", writer => model.Shell.Write(writer, "", members => RecorderEmitter.WriteSqlite(model, members)));
            }

            if (model.HasPostgreSql)
            {
                output.Add(hintName, "PostgreSql", writer => model.Shell.Write(writer, "", members => RecorderEmitter.WritePostgreSql(model, members)));
            }
        });
}
