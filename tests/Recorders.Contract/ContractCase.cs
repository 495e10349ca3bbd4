using EventSourcing;
using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>One guarantee of every recorder.</summary>
public sealed record ContractCase(string Name, Func<RecorderFixture, Task> Body)
{
    public static IReadOnlyList<ContractCase> All { get; } =
        [.. InsertCases.All, .. SelectCases.All, .. LoadCases.All, .. LogCases.All, .. FilterCases.All, .. ConcurrencyCases.All, .. LifetimeCases.All, .. KeyCases.All, .. StateCases.All,
            .. SubscriptionCases.All, .. SchemaCases.All, .. TransactionCases.All, .. FlushCases.All, .. UnitOfWorkCases.All, .. EdgeCases.All, .. SessionCases.All, .. MagnitudeCases.All, .. RetryCases.All, .. RaiseCases.All, .. RefusalCases.All,
            .. QueueCases.All, .. TrackingCases.All, .. ViewCases.All, .. ProjectionCases.All, .. FailedEventCases.All, .. UnreadableEventCases.All, .. InlineViewCases.All, .. HandlerCases.All, .. RebuildCases.All, .. UpstreamCases.All];

    /// <summary>Whether it runs SQL on a connection, of the user's own or of a transaction, where there can be one.</summary>
    public bool NeedsConnection { get; init; }

    /// <summary>Whether it needs a recorder that tracks positions and has views.</summary>
    public bool NeedsOtherTables { get; init; }

    /// <summary>Runs the case. Its applications save metadata that no message may show.</summary>
    public async Task Run(RecorderFixture fixture)
    {
        using (EventMetadata.Use(new EventMetadata { CorrelationId = SecretWatch.Secret }))
        {
            await Body(fixture);
        }
    }

    public override string ToString() => Name;

    internal static ContractCase WithRecorder(string name, Func<IApplicationRecorder<Guid>, Task> run) => new(name, async fixture =>
    {
        await using var recorder = fixture.WithGuids();
        await run(recorder);
    });

    internal static ContractCase WithSchool(string name, Func<School, RecorderFixture, Task> run, EventStoreOptions? options = null) => new(name, async fixture =>
    {
        await using var school = await School.OpenForAsync(fixture, options);
        await run(school, fixture);
    });

    /// <summary>With a connection of the user's own, where there can be one.</summary>
    internal static ContractCase WithConnection(string name, Func<School, System.Data.Common.DbConnection, Task> run) => new(name, async fixture =>
    {
        await using var school = await School.OpenForAsync(fixture);
        await using var connection = fixture.Connect();
        if (connection is not null)
        {
            await run(school, connection);
        }
    })
    {
        NeedsConnection = true,
    };

    /// <summary>Runs an action outside the transaction of this flow.</summary>
    internal static Task OutsideAsync(Func<Task> action)
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(action);
        }
    }
}

/// <summary>Events for the cases.</summary>
internal static class Make
{
    public static StoredEvent<Guid> Event(Guid id, long version, string topic = "Dog.Registered", string state = "{}", string metadata = "") =>
        new(id, version, topic, Bytes(state), Bytes(metadata));

    public static StoredEvent<Guid>[] Events(Guid id, long first, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Event(id, first + i, state: $"{{\"n\":{first + i},\"secret\":\"{SecretWatch.Secret}\"}}"))];

    public static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes.Span);

    public static IEnumerable<long> Versions(IEnumerable<Notification<Guid>> rows) => rows.Select(r => r.OriginatorVersion);

    public static IEnumerable<long> Positions(IEnumerable<Notification<Guid>> rows) => rows.Select(r => r.Position);
}
