using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>Writes the views of an application: a property for each, and a method that reads a row by its key for each type of keys.</summary>
internal static class ViewSetEmitter
{
    private const string View = $"{KnownNames.Library}.View";

    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        if (model.Views.Count == 0)
        {
            return;
        }

        writer.Line();
        writer.Line("""
            private ViewSet? _views;

            /// <summary>The views of the application.</summary>
            public ViewSet Views => _views ??= new ViewSet(this);

            /// <summary>Reads the views of the application. Thread safe.</summary>
            """);
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (writer.Open("public sealed class ViewSet"))
        {
            writer.Line($"private readonly {model.Shell.Name} _application;");
            writer.Line();
            writer.Line($"internal ViewSet({model.Shell.Name} application) => _application = application;");
            foreach (var view in model.Views)
            {
                WriteProperty(view, writer);
            }

            foreach (var keys in model.Views.GroupBy(v => v.KeyType))
            {
                WriteGet(keys.Key, keys.Any(v => v.IsPublic), writer);
            }
        }
    }

    private static void WriteProperty(RegisteredView view, SourceWriter writer)
    {
        writer.Line();
        writer.Line($"/// <summary>The rows of the projection {view.Projection}.</summary>");
        writer.Line($"{Accessibility(view.IsPublic)} {View}<{view.Types}> {view.Name} => field ??= _application.GetView<{view.Types}>();");
    }

    private static void WriteGet(string keyType, bool isPublic, SourceWriter writer)
    {
        writer.Line();
        writer.Line($$"""
            /// <summary>Returns the row of a key.</summary>
            /// <inheritdoc cref="{{View}}{TRow, TRowKey}.GetAsync" path="/*[not(self::summary)]"/>
            /// <typeparam name="TRow">The view.</typeparam>
            {{Accessibility(isPublic)}} global::System.Threading.Tasks.ValueTask<TRow?> GetAsync<TRow>({{keyType}} key, long? atLeast = null, global::System.TimeSpan? timeout = null, {{KnownNames.Cancellation}} cancellationToken = default)
                where TRow : class, {{KnownNames.Services}}.IView<TRow, {{keyType}}> => _application.GetView<TRow, {{keyType}}>().GetAsync(key, atLeast, timeout, cancellationToken);
            """);
    }

    private static string Accessibility(bool isPublic) => isPublic ? "public" : "internal";
}
