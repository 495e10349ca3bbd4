namespace EventSourcing.Generators.Shared;

/// <summary>Names of types and attributes, as they are looked up and as they are written.</summary>
internal static class KnownNames
{
    public const string EventSourced = "EventSourcing.EventSourcedAttribute";
    public const string Event = "EventSourcing.EventAttribute";
    public const string EventSourcedApplication = "EventSourcing.EventSourcedApplicationAttribute";
    public const string Projection = "EventSourcing.ProjectionAttribute";
    public const string Key = "EventSourcing.KeyAttribute";
    public const string Index = "EventSourcing.IndexAttribute";
    public const string ScopedSession = "EventSourcing.ScopedSessionAttribute";
    public const string ConnectionCreator = "EventSourcing.ConnectionCreatorAttribute";
    public const string ApplicationRecorder = "EventSourcing.Recording.ApplicationRecorder`1";
    public const string StateConverter = "EventSourcing.StateConverterAttribute";
    public const string StateConverterFor = "EventSourcing.StateConverterForAttribute";
    public const string StateIgnore = "EventSourcing.StateIgnoreAttribute";
    public const string EventTopic = "EventSourcing.CompilerServices.EventTopicAttribute";
    public const string ServiceCollection = "Microsoft.Extensions.DependencyInjection.IServiceCollection";

    /// <summary>The class of the generator, after which the compiler names the folder of generated files.</summary>
    public const string Generator = "EventSourcingGenerator";

    public const string Guid = "global::System.Guid";
    public const string DateTimeOffset = "global::System.DateTimeOffset";
    public const string Writer = "global::System.Text.Json.Utf8JsonWriter";
    public const string Reader = "global::System.Text.Json.Utf8JsonReader";
    public const string StateReader = Services + ".StateReader";
    public const string Library = "global::EventSourcing";
    public const string Services = "global::EventSourcing.CompilerServices";
    public const string Options = $"{Library}.EventStoreOptions";
    public const string Cancellation = "global::System.Threading.CancellationToken";

    public const string GeneratedCode = "[global::System.CodeDom.Compiler.GeneratedCode(\"EventSourcing.Generated\", \"0.1.0\")]";
    public const string StepThrough = "[global::System.Diagnostics.DebuggerStepThrough]";
    public const string NotInDebugger = "[global::System.Diagnostics.DebuggerBrowsable(global::System.Diagnostics.DebuggerBrowsableState.Never)]";
    public const string Hidden = "[global::System.ComponentModel.EditorBrowsable(global::System.ComponentModel.EditorBrowsableState.Never)]";
}
