using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>Writes the constructor, the methods that open and close, and the parts of the store.</summary>
internal static class OpeningEmitter
{
    private const string Options = $"{KnownNames.Library}.EventStoreOptions";
    private const string Context = $"{KnownNames.Library}.ApplicationContext";
    public const string Cancellation = "global::System.Threading.CancellationToken";

    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        var store = $"{KnownNames.Services}.EventStore<{model.KeyType}>";
        WriteStore(model, store, writer);
        writer.Line();
        writer.Line($$"""
            /// <summary>Loads aggregates.</summary>
            public AggregateRepository Repository { get;{{(model.HasConstructor ? " private set;" : "")}} }{{(model.HasConstructor ? " = null!;" : "")}}

            /// <summary>All events of the application, in order.</summary>
            public {{KnownNames.Library}}.NotificationLog<{{model.KeyType}}> NotificationLog => EventStore.NotificationLog;

            /// <summary>Where the events are stored; begins transactions around saves.</summary>
            public {{KnownNames.Library}}.ApplicationRecorder<{{model.KeyType}}> Recorder => EventStore.Recorder;
            """);
        if (model.Services.Count == 0)
        {
            WriteOpen(model, writer);
        }

        WriteCreate(model, writer);
        WriteRecorders(model, writer);
        writer.Line();
        writer.Line("""
            /// <summary>Closes the store, after the saves that are under way.</summary>
            public global::System.Threading.Tasks.ValueTask DisposeAsync() => EventStore.DisposeAsync();
            """);
        WriteHosting(model, writer);
    }

    private static void WriteHosting(ApplicationModel model, SourceWriter writer)
    {
        var application = $"{KnownNames.Library}.IEventSourcedApplication";
        var session = $"{KnownNames.Library}.StoreSession";
        writer.Line();
        writer.Line($$"""
            /// <summary>Makes a session, for an owner who commits and removes.</summary>
            public {{session}}<{{model.KeyType}}> CreateSession() => EventStore.Recorder.CreateSession();

            {{session}} {{application}}.CreateSession() => CreateSession();

            global::System.Threading.Tasks.ValueTask {{application}}.OpenAsync({{Cancellation}} cancellationToken) => EventStore.OpenAsync(cancellationToken);

            global::System.Threading.Tasks.ValueTask<long?> {{application}}.GetMaxPositionAsync({{Cancellation}} cancellationToken) => EventStore.Recorder.Provider.GetMaxPositionAsync(cancellationToken);
            """);
    }

    private static void WriteStore(ApplicationModel model, string store, SourceWriter writer)
    {
        if (!model.HasConstructor)
        {
            writer.Line($$"""
                private {{model.Shell.Name}}({{Context}} context)
                {
                    EventStore = context.GetStore<{{model.KeyType}}>();
                    Repository = new AggregateRepository(EventStore);
                }

                private {{store}} EventStore { get; }
                """);
            return;
        }

        writer.Line($$"""
            private {{store}}? _eventStore{{(model.ConstructorFits ? "" : " = null")}};

            // It is set when the constructor has returned.
            private {{store}} EventStore => _eventStore ?? throw new global::System.InvalidOperationException(
                "The store of {{model.Shell.Name}} can be used once its constructor has returned, and only when it was opened by OpenAsync or by dependency injection.");
            """);
    }

    private static void WriteOpen(ApplicationModel model, SourceWriter writer)
    {
        foreach (var source in StoreSource.All(model))
        {
            writer.Line();
            writer.Line($$"""
                /// <summary>Opens the application's store.</summary>
                /// <param name="{{source.Name}}">{{source.Description}}</param>
                /// <param name="options">Limits and timeouts; null for the usual ones.</param>
                /// <param name="cancellationToken">Gives up.</param>
                /// <exception cref="{{KnownNames.Library}}.StoreConfigurationException">The {{source.Noun}} or the database doesn't fit.</exception>
                /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
                public static async global::System.Threading.Tasks.ValueTask<{{model.Shell.Name}}> OpenAsync({{source.Parameters}}, {{Cancellation}} cancellationToken = default) =>
                    await OpenAsync(Create({{source.Name}}, options ?? new {{Options}}()), cancellationToken).ConfigureAwait(false);
                """);
        }

        writer.Line();
        writer.Line($$"""
            private static async global::System.Threading.Tasks.ValueTask<{{model.Shell.Name}}> OpenAsync({{model.Shell.Name}} application, {{Cancellation}} cancellationToken)
            {
                try
                {
                    await application.EventStore.OpenAsync(cancellationToken).ConfigureAwait(false);
                    return application;
                }
                catch
                {
                    await application.DisposeAsync().ConfigureAwait(false);
                    throw;
                }
            }
            """);
    }

    private static void WriteCreate(ApplicationModel model, SourceWriter writer)
    {
        var (services, passed) = model.Services.Count == 0 ? ("", "") : (", global::System.IServiceProvider services", ", services");
        writer.Line();
        writer.Line("// Connects nothing yet: the store opens when it is first used.");
        foreach (var source in StoreSource.All(model))
        {
            writer.Line($"internal static {model.Shell.Name} Create({source.Type} {source.Name}, {Options} options{services}) =>");
            writer.Line($"    Create({source.NewRecorder}({source.Name}, options), options{passed});");
            writer.Line();
        }

        var arguments = string.Concat(model.Services.Select(s => $", {s}"));
        using (writer.Open($"private static {model.Shell.Name} Create({KnownNames.Library}.IApplicationRecorder<{model.KeyType}> recorder, {Options} options{services})"))
        {
            if (!model.AutoFlush)
            {
                writer.Line("options = options with { AutoFlush = false };");
            }

            var scopedSession = model.ScopedSession is null ? "" : $", static () => {model.ScopedSession}";
            writer.Line($"var context = {Context}.Create(recorder, new Registry(), options{scopedSession});");
            if (!model.HasConstructor)
            {
                writer.Line($"return new {model.Shell.Name}(context);");
                return;
            }

            if (!model.ConstructorFits)
            {
                writer.Line("throw new global::System.NotSupportedException(\"The constructor of the application doesn't fit, as an error at it says.\");");
                return;
            }

            writer.Line($$"""
                var application = new {{model.Shell.Name}}(context{{arguments}});
                application._eventStore = context.GetStore<{{model.KeyType}}>();
                application.Repository = new AggregateRepository(application._eventStore);
                return application;
                """);
        }
    }

    private static void WriteRecorders(ApplicationModel model, SourceWriter writer)
    {
        var schemes = StoreSource.Schemes(model).ToList();
        writer.Line();
        using (writer.Open($"private static {KnownNames.Library}.IApplicationRecorder<{model.KeyType}> CreateRecorder(string url, {Options} options) => {KnownNames.Services}.StoreUrl.GetScheme(url) switch", "};"))
        {
            foreach (var (scheme, _, recorder) in schemes)
            {
                writer.Line($"\"{scheme}\" => {recorder},");
            }

            writer.Line($"var scheme => throw {KnownNames.Services}.StoreUrl.NotAvailable(scheme, {string.Join(", ", schemes.Select(p => $"\"{p.Scheme}\""))}),");
        }
    }
}
