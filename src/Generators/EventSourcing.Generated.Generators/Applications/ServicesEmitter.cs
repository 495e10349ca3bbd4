using EventSourcing.Generators.Applications.Emitters;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications;

/// <summary>Writes the extension method that registers the application for dependency injection.</summary>
internal static class ServicesEmitter
{
    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        const string Collection = "global::Microsoft.Extensions.DependencyInjection.IServiceCollection";
        var name = model.Shell.Name.TrimStart('@');
        var access = model.IsPublic ? "public" : "internal";
        var passed = model.Services.Count == 0 ? "" : ", provider";
        var options = $"options ?? new {KnownNames.Options}()";
        if (model.Recorder.Handlers.Count > 0)
        {
            options = $"({options}) with {{ Services = provider }}";
        }
        model.Shell.WriteHeader(writer);
        writer.Line($"/// <summary>Registers <see cref=\"{model.Shell.FullName}\"/> for dependency injection.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        using (writer.Open($"{access} static class {model.ExtensionsName}"))
        {
            writer.Line($$"""
                /// <summary>Registers the application as a singleton. Its store opens when it is first used.</summary>
                /// <param name="services">The services.</param>
                /// <param name="url">Where the store is.</param>
                /// <param name="options">Limits and timeouts; null for the defaults.</param>
                {{access}} static {{Collection}} Add{{name}}(this {{Collection}} services, string url, {{KnownNames.Options}}? options = null) =>
                    Add{{name}}(services, _ => url, options);
                """);
            foreach (var source in StoreSource.All(model))
            {
                writer.Line();
                writer.Line($$"""
                    /// <summary>Registers the application as a singleton. Its store opens when it is first used.</summary>
                    /// <param name="services">The services.</param>
                    /// <param name="{{source.Name}}">{{source.Told}}</param>
                    /// <param name="options">Limits and timeouts; null for the defaults.</param>
                    {{access}} static {{Collection}} Add{{name}}(this {{Collection}} services, global::System.Func<global::System.IServiceProvider, {{source.Type}}> {{source.Name}}, {{KnownNames.Options}}? options = null) =>
                        global::Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(
                            services, provider => {{model.Shell.FullName}}.Create({{source.Name}}(provider), {{options}}{{passed}}));
                    """);
            }
        }
    }
}
