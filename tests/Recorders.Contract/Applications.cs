using EventSourcing;
using EventSourcing.PostgreSql;
using EventSourcing.Recording;
using EventSourcing.Sqlite;

namespace Recorders.Contract;

/// <summary>The recorders under test are those that the generator writes for these applications.</summary>
public static class GeneratedRecorders
{
    /// <summary>With the table contract_events.</summary>
    public static SqliteRecorder<Guid> WithGuids(string url, EventStoreOptions? options = null) =>
        (SqliteRecorder<Guid>)GuidApplication.Create(url, options ?? new()).Recorder.Provider;

    /// <summary>With the table contracttext_events.</summary>
    public static SqliteRecorder<string> WithStrings(string url, EventStoreOptions? options = null) =>
        (SqliteRecorder<string>)TextApplication.Create(url, options ?? new()).Recorder.Provider;

    /// <summary>With the table contract_events, on the engine that the URL names.</summary>
    public static IApplicationRecorder<Guid> WithGuidsAt(string url, EventStoreOptions? options = null) =>
        GuidApplication.Create(url, options ?? new()).Recorder.Provider;

    /// <summary>With the table contracttext_events, on the engine that the URL names.</summary>
    public static IApplicationRecorder<string> WithStringsAt(string url, EventStoreOptions? options = null) =>
        TextApplication.Create(url, options ?? new()).Recorder.Provider;

    /// <summary>With the table contract_events of the schema Contract.</summary>
    public static IApplicationRecorder<Guid> WithGuidsInSchema(string url, EventStoreOptions? options = null) =>
        GuidSchemaApplication.Create(url, options ?? new()).Recorder.Provider;

    /// <summary>With the table contracttext_events of the schema Contract.</summary>
    public static IApplicationRecorder<string> WithStringsInSchema(string url, EventStoreOptions? options = null) =>
        TextSchemaApplication.Create(url, options ?? new()).Recorder.Provider;

    /// <summary>With the table contract_events, which it does not create.</summary>
    public static SqliteRecorder<Guid> WithoutCreation(string url, EventStoreOptions? options = null) =>
        (SqliteRecorder<Guid>)VerifyingApplication.Create(url, options ?? new()).Recorder.Provider;
}

[EventSourced]
internal sealed partial class GuidThing
{
    [Event("Made")]
    public partial GuidThing(Guid id, string name);

    public string Name { get; private set; }

    private void Apply(Made e) => Name = e.Name;
}

[EventSourced]
internal sealed partial class TextThing
{
    [Event("Made")]
    public partial TextThing(string id, string name);

    public string Name { get; private set; }

    private void Apply(Made e) => Name = e.Name;
}

[EventSourcedApplication(typeof(GuidThing), TablePrefix = "contract")]
internal sealed partial class GuidApplication;

[EventSourcedApplication(typeof(TextThing), TablePrefix = "contracttext")]
internal sealed partial class TextApplication;

// A capital letter is kept only where names are quoted.
[EventSourcedApplication(typeof(GuidThing), TablePrefix = "contract"), PostgreSqlTables(Schema = "Contract")]
internal sealed partial class GuidSchemaApplication;

[EventSourcedApplication(typeof(TextThing), TablePrefix = "contracttext"), PostgreSqlTables(Schema = "Contract")]
internal sealed partial class TextSchemaApplication;

[EventSourcedApplication(typeof(GuidThing), TablePrefix = "contract"), PostgreSqlTables(NotifyInTransaction = true)]
internal sealed partial class NotifyingApplication;

[EventSourcedApplication(typeof(GuidThing), TablePrefix = "contract", CreateTables = false)]
internal sealed partial class VerifyingApplication;
