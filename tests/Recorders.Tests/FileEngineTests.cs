using System.Data.Common;
using EventSourcing;
using EventSourcing.Files;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;
using Tree = EventSourcing.Testing.Tree;

namespace Recorders.Tests;

/// <summary>An engine that uses only public types of the core passes the contract, and is small.</summary>
public sealed class FileEngineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Cases => [.. ContractCase.All.Where(c => !IsLeftOut(c)).Select(c => c.Name)];

    public static TheoryData<string> CasesWithConnections => [.. ContractCase.All.Where(c => c.NeedsConnection && !c.NeedsOtherTables).Select(c => c.Name)];

    [Theory, MemberData(nameof(Cases))]
    public async Task Contract(string name)
    {
        await using var fixture = new FilesFixture();
        await RunAsync(name, fixture);
    }

    /// <summary>They are left out of the contract, because files have no connection. Each one says so.</summary>
    [Theory, MemberData(nameof(CasesWithConnections))]
    public async Task Without_a_connection(string name)
    {
        await using var fixture = new FilesFixture();
        var refusal = await Assert.ThrowsAsync<TransactionException>(() => RunAsync(name, fixture));
        Assert.Contains("has no connection", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The cases of tracked positions are left out too.</summary>
    [Fact]
    public async Task An_engine_without_tracked_positions_says_so()
    {
        await using var fixture = new FilesFixture();
        await using var school = await School.OpenForAsync(fixture);
        foreach (var call in (Func<Task>[])[
            () => school.Tracking.GetPositionAsync("upstream", Token).AsTask(), () => school.Tracking.TrackAsync(new("upstream", 1), Token).AsTask(),
            () => school.Tracking.WaitForAsync("upstream", 1, TimeSpan.Zero, Token).AsTask()])
        {
            var refusal = await Assert.ThrowsAsync<NotSupportedException>(call);
            Assert.Contains("doesn't track positions", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Only_these_cases_are_left_out()
    {
        Assert.Single(ContractCase.All, c => IsLeftOut(c) && !c.NeedsConnection && !c.NeedsOtherTables);
        await using var fixture = new FilesFixture();
        await using var recorder = fixture.WithGuids();
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        Assert.Throws<TransactionException>(() => recorder.Join(transaction));
    }

    [Fact]
    public async Task A_store_can_be_opened_again()
    {
        await using var fixture = new FilesFixture();
        var dog = new Dog("Fido");
        dog.AddTrick("sit");
        await using (var school = await School.OpenForAsync(fixture))
        {
            await school.SaveAsync(dog, cancellationToken: Token);
        }

        // The last write of a process that ended was incomplete.
        await using (var file = new FileStream(fixture.PathOf("school_events"), FileMode.Append))
        {
            await file.WriteAsync(new byte[] { 200, 0, 0, 0, 1, 2, 3 }, Token);
        }

        await using (var school = await School.OpenForAsync(fixture))
        {
            Assert.Equal(["sit"], await school.GetTricksAsync("Fido"));
            await school.AddTrickAsync("Fido", "roll");
        }

        await using (var school = await School.OpenForAsync(fixture))
        {
            Assert.Equal(["sit", "roll"], await school.GetTricksAsync("Fido"));
            Assert.Equal(3L, await school.Recorder.GetMaxPositionAsync(Token));
        }
    }

    [Fact]
    public async Task Recorders_of_one_folder_see_each_other_and_wake_each_others_subscriptions()
    {
        await using var fixture = new FilesFixture();
        await using var one = fixture.WithGuids();
        await using var other = fixture.WithGuids();
        var id = Guid.NewGuid();
        var next = Task.Run(() => Subscribing.TakeAsync(Subscribing.Log(other), null, 2), Token);
        await one.InsertEventsAsync([new(id, 1, "Tested", "{}"u8.ToArray())], true, Token);
        await Assert.ThrowsAsync<ConcurrencyException>(() => other.InsertEventsAsync([new(id, 1, "Tested", "{}"u8.ToArray())], true, Token).AsTask());
        await Task.Delay(100, Token);
        await one.InsertEventsAsync([new(id, 2, "Tested", "{}"u8.ToArray())], true, Token);
        Assert.Equal([1, 2], await next.WaitAsync(TimeSpan.FromSeconds(30), Token));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
            await (i % 2 == 0 ? one : other).InsertEventsAsync([new(Guid.NewGuid(), 1, "Tested", "{}"u8.ToArray())], true, Token), Token)));
        Assert.Equal(42, (await other.SelectNotificationsAsync(100, cancellationToken: Token)).Count);
    }

    [Fact]
    public async Task A_transaction_keeps_other_writers_out_and_a_save_that_would_wait_for_its_own_flow_is_refused()
    {
        await using var fixture = new FilesFixture();
        var options = new EventStoreOptions { LockTimeout = TimeSpan.FromMilliseconds(50) };
        await using var school = await School.OpenForAsync(fixture, options);
        await using var other = await School.OpenForAsync(fixture, options);
        await using (var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await Assert.ThrowsAsync<TransactionException>(() => other.RegisterAsync("Rex"));
            Task outside;
            using (ExecutionContext.SuppressFlow())
            {
                outside = Task.Run(() => other.RegisterAsync("Rex"), Token);
            }

            await Assert.ThrowsAsync<TransientStoreException>(() => outside);
            await school.RegisterAsync("Fido");
            await transaction.CommitAsync(Token);
        }

        await other.RegisterAsync("Rex");
        Assert.Equal(2, await school.CountAsync());
    }

    [Fact]
    public async Task A_damaged_event_is_noticed()
    {
        await using var fixture = new FilesFixture();
        await using (var recorder = fixture.WithGuids())
        {
            await recorder.InsertEventsAsync([new(Guid.NewGuid(), 1, "Tested", "{}"u8.ToArray())], true, Token);
            await recorder.InsertEventsAsync([new(Guid.NewGuid(), 1, "Tested", "{}"u8.ToArray())], true, Token);
        }

        var bytes = await File.ReadAllBytesAsync(fixture.PathOf("contract_events"), Token);
        bytes[bytes.Length / 2 - 10]++;
        await File.WriteAllBytesAsync(fixture.PathOf("contract_events"), bytes, Token);
        await using var again = fixture.WithGuids();
        await Assert.ThrowsAsync<StoreException>(() => again.OpenAsync(Token).AsTask());
    }

    [Fact]
    public void It_has_at_most_600_lines()
    {
        var lines = Tree.Files("*.cs").Where(f => f.StartsWith("tests/FileEngine/", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(Tree.PathOf(f))).Count(line => !string.IsNullOrWhiteSpace(line));
        Assert.InRange(lines, 100, 600);
    }

    // One case is only about files of SQLite.
    private static bool IsLeftOut(ContractCase contractCase) =>
        contractCase.NeedsConnection || contractCase.NeedsOtherTables || contractCase.Name == "Lifetime: a file that is renamed or overwritten under the store is noticed";

    private static Task RunAsync(string name, RecorderFixture fixture) =>
        ContractCase.All.Single(c => c.Name == name).Run(fixture).WaitAsync(TimeSpan.FromMinutes(2), Token);

    /// <summary>The file engine, in a folder of the fixture.</summary>
    private sealed class FilesFixture : RecorderFixture
    {
        private readonly TemporaryFolder _folder = new();

        public override bool KeepsEvents => true;

        public override string Url => "files:///" + _folder.Path;

        public string PathOf(string table) => _folder.File(table + ".log");

        public override IApplicationRecorder<Guid> WithGuids() => RecorderOf<Guid>("contract_events", new());

        public override IApplicationRecorder<string> WithStrings() => RecorderOf<string>("contracttext_events", new());

        public override IApplicationRecorder<TKey> RecorderOf<TKey>(string table, EventStoreOptions options) =>
            new FilesRecorder<TKey>(_folder.Path, table, options);

        public override DbConnection Connect() => throw new TransactionException("A store in files has no connection.");

        public override ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return base.DisposeAsync();
        }
    }
}
