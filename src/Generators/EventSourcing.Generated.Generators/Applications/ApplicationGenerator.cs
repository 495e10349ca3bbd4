using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Applications;

/// <summary>Generates the files of an application: its members, and its registration for dependency injection.</summary>
internal static class ApplicationGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<ApplicationModel> applications) =>
        context.RegisterSourceOutput(applications.WithHintNames(static model => model.Shell), static (output, named) =>
        {
            var (model, hintName) = named;
            output.Add(hintName, "Application", writer => ApplicationEmitter.Write(model, writer));
            if (model.HasServices)
            {
                output.Add(hintName, "DependencyInjection", writer => ServicesEmitter.Write(model, writer));
            }
        });
}
