using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Projections;

/// <summary>Writes the generated part of a class with handlers: its description, how it is created, and the calls of its methods.</summary>
internal static class HandlerClassEmitter
{
    private const string Injection = "global::Microsoft.Extensions.DependencyInjection";
    private const string Scope = "global::System.IAsyncDisposable?";
    private const string ValueTask = "global::System.Threading.Tasks.ValueTask";

    public static void Write(HandlerClassModel model, SourceWriter writer) => model.Shell.Write(writer, $" : {model.Interface}", w =>
    {
        WriteDescription(model, w);
        WriteCreation(model, w);
        WriteReset(model, w);
        WriteHandling(model, w);
    });

    private static void WriteDescription(HandlerClassModel model, SourceWriter writer)
    {
        const string Table = $"{KnownNames.Library}.Recording.ViewTable";
        writer.Line($"static {Table} {model.Interface}.Table => {HandlerClassParser.Data}.Table;");
        writer.Line();
        writer.Line($"static global::System.Collections.Generic.IReadOnlyList<string> {model.Interface}.Topics => {HandlerClassParser.Data}.Topics;");
        writer.Line();
        if (model.OnError != ViewParser.DefaultPolicy)
        {
            writer.Line($"static {KnownNames.Library}.ProjectionErrorPolicy {model.Interface}.OnError => {KnownNames.Library}.ProjectionErrorPolicy.{model.OnError};");
            writer.Line();
        }

        writer.Line(KnownNames.GeneratedCode);
        using (writer.Open($"private static class {HandlerClassParser.Data}"))
        {
            writer.Line($"public static readonly {Table} Table = new({Names.Literal(model.Projection)}, {model.Version});");
            writer.Line();
            writer.Line("public static readonly string[] Topics =");
            using (writer.Open("[", "];", ""))
            {
                foreach (var handler in model.Handlers)
                {
                    writer.Line($".. {KnownNames.Library}.Topics.Of<{handler.EventType}>(),");
                }
            }
        }
    }

    private static void WriteCreation(HandlerClassModel model, SourceWriter writer)
    {
        var result = $"{ValueTask}<({model.Shell.FullName} Handler, {Scope} Scope)>";
        var parameters = $"{KnownNames.Library}.StoreTransaction<{model.KeyType}> transaction, global::System.IServiceProvider? provider, {KnownNames.Cancellation} cancellationToken";
        var creation = $"new {model.Shell.FullName}({string.Join(", ", model.Arguments)})";
        writer.Line();
        if (!model.HasServices)
        {
            writer.Line($"static {result} {model.Interface}.CreateAsync({parameters}) => new(({creation}, null));");
            return;
        }

        using (writer.Open($"static async {result} {model.Interface}.CreateAsync({parameters})"))
        {
            writer.Line($"var scope = {Injection}.ServiceProviderServiceExtensions.CreateAsyncScope({KnownNames.Services}.ProjectionServices.Require(provider));");
            writer.Line("try");
            using (writer.Open("{", "}", ""))
            {
                writer.Line("var services = scope.ServiceProvider;");
                using (writer.Open($"return (new {model.Shell.FullName}(", "), scope);", ""))
                {
                    for (var i = 0; i < model.Arguments.Count; i++)
                    {
                        writer.Line(model.Arguments[i] + (i + 1 < model.Arguments.Count ? "," : ""));
                    }
                }
            }

            writer.Line("catch");
            using (writer.Open("{", "}", ""))
            {
                writer.Line("await scope.DisposeAsync().ConfigureAwait(false);");
                writer.Line("throw;");
            }
        }
    }

    private static void WriteReset(HandlerClassModel model, SourceWriter writer)
    {
        var reset = model.Reset;
        writer.Line();
        var parameters = $"{model.Shell.FullName} handler, {KnownNames.Cancellation} cancellationToken";
        using (writer.Open($"static {(reset.IsAwaited ? "async " : "")}{ValueTask} {model.Interface}.ResetAsync({parameters})"))
        {
            writer.Line(Call(reset, HandlerClassParser.Reset, ""));
            if (!reset.IsAwaited)
            {
                writer.Line("return default;");
            }
        }
    }

    private static void WriteHandling(HandlerClassModel model, SourceWriter writer)
    {
        var isAwaited = model.Handlers.Any(h => h.IsAwaited);
        var parameters = $"{model.Shell.FullName} handler, {KnownNames.Library}.IEvent @event, {KnownNames.Library}.EventHeader header, {KnownNames.Cancellation} cancellationToken";
        writer.Line();
        using (writer.Open($"static {(isAwaited ? "async " : "")}{ValueTask} {model.Interface}.HandleAsync({parameters})"))
        {
            using (writer.Open("switch (@event)"))
            {
                foreach (var handler in model.Handlers)
                {
                    writer.Line($"case {handler.EventType} e:");
                    using (writer.Indent())
                    {
                        writer.Line(Call(handler, ViewHandlers.When, "e"));
                        writer.Line("break;");
                    }
                }
            }

            if (!isAwaited)
            {
                writer.Line();
                writer.Line("return default;");
            }
        }
    }

    private static string Call(HandlerMethod method, string name, string @event)
    {
        var arguments = string.Join(", ", new[] { @event, method.TakesHeader ? "header" : "", method.TakesToken ? "cancellationToken" : "" }.Where(a => a.Length > 0));
        var call = $"{(method.IsStatic ? "" : "handler.")}{name}({arguments})";
        return method.IsAwaited ? $"await {call}.ConfigureAwait(false);" : $"{call};";
    }
}
