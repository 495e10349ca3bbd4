using System.Data.Common;
using EventSourcing;

namespace Recorders.Contract;

/// <summary>Writes the tricks of pups to a table of its own, and stops at an event that fails.</summary>
[Projection("diary")]
public sealed partial class Diary(StoreTransaction<Guid> transaction) : IDisposable
{
    /// <summary>How many objects were created and not disposed.</summary>
    public static int Open;

    private readonly int _opened = Interlocked.Increment(ref Open);

    /// <summary>How often the handlers were called for a trick: those of a batch that fails are called again.</summary>
    public static System.Collections.Concurrent.ConcurrentDictionary<string, int> Calls { get; } = new(StringComparer.Ordinal);

    /// <summary>What the handlers of a trick wait for, after they have been called.</summary>
    public static System.Collections.Concurrent.ConcurrentDictionary<string, (TaskCompletionSource Called, TaskCompletionSource GoOn)> Gates { get; } = new(StringComparer.Ordinal);

    public void Dispose() => Interlocked.Decrement(ref Open);

    private async ValueTask When(Pup.Learned e, EventHeader header, CancellationToken cancellationToken)
    {
        Calls.AddOrUpdate(e.Trick, 1, static (_, calls) => calls + 1);
        Faults.ThrowFor(e.Trick);
        await DiaryTable.InsertAsync(transaction.Connection, transaction.DbTransaction, "diary", header, e.Trick, cancellationToken);
        if (e.Trick == "commit")
        {
            // Without effect: the transaction is the runner's.
            await transaction.CommitAsync(cancellationToken);
            await transaction.DisposeAsync();
        }

        if (e.Trick.StartsWith("raw commit", StringComparison.Ordinal))
        {
            await transaction.DbTransaction.CommitAsync(cancellationToken);
        }

        if (Gates.TryGetValue(e.Trick, out var gate))
        {
            gate.Called.TrySetResult();
            await gate.GoOn.Task;
        }
    }

    private Task Reset() => DiaryTable.DeleteAsync(transaction.Connection, transaction.DbTransaction, "diary", CancellationToken.None);
}

/// <summary>The same table, but an event that fails is parked.</summary>
[Projection("parking_diary", OnError = ProjectionErrorPolicy.Park)]
public sealed partial class ParkingDiary(DbConnection connection, DbTransaction transaction)
{
    private async Task When(Pup.Learned e, EventHeader header, CancellationToken cancellationToken)
    {
        await DiaryTable.InsertAsync(connection, transaction, "parking_diary", header, e.Trick, cancellationToken);

        // After the write, which is undone with the batch.
        Faults.ThrowFor(e.Trick);
    }

    private Task Reset(CancellationToken cancellationToken) => DiaryTable.DeleteAsync(connection, transaction, "parking_diary", cancellationToken);

    private void When(Pup.Left e, EventHeader header)
    {
        using var command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, $"DELETE FROM diary WHERE projection = 'parking_diary' AND pup = '{header.AggregateId}'");
        command.ExecuteNonQuery();
    }
}

/// <summary>The same table, but an event that fails is skipped.</summary>
[Projection("skipping_diary", OnError = ProjectionErrorPolicy.Skip)]
public sealed partial class SkippingDiary(StoreTransaction<Guid> transaction)
{
    private Task Reset(CancellationToken cancellationToken) => DiaryTable.DeleteAsync(transaction.Connection, transaction.DbTransaction, "skipping_diary", cancellationToken);

    private async ValueTask When(Pup.Learned e, EventHeader header, CancellationToken cancellationToken)
    {
        // A unique index refuses the second row: a failed statement, whose exception the code swallows.
        try
        {
            await DiaryTable.InsertAsync(transaction.Connection, transaction.DbTransaction, "skipping_diary", header, e.Trick, cancellationToken, e.Trick == "twice" ? 0 : null);
        }
        catch (DbException)
        {
        }
    }
}

/// <summary>The same table, which is written when the object of a batch is disposed.</summary>
[Projection("late_diary")]
public sealed partial class LateDiary(StoreTransaction<Guid> transaction) : IAsyncDisposable
{
    private readonly List<(EventHeader Header, string Trick)> _late = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var (header, trick) in _late)
        {
            await DiaryTable.InsertAsync(transaction.Connection, transaction.DbTransaction, "late_diary", header, trick, CancellationToken.None);
        }
    }

    private void When(Pup.Learned e, EventHeader header) => _late.Add((header, e.Trick));

    private Task Reset() => DiaryTable.DeleteAsync(transaction.Connection, transaction.DbTransaction, "late_diary", CancellationToken.None);
}

/// <summary>The table of the handlers.</summary>
public static class DiaryTable
{
    public const string Create = "CREATE TABLE diary (projection TEXT NOT NULL, pup TEXT NOT NULL, version BIGINT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (projection, pup, version))";

    public static async ValueTask InsertAsync(
        DbConnection connection, DbTransaction transaction, string projection, EventHeader header, string note, CancellationToken cancellationToken, long? version = null)
    {
        await using var command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, "INSERT INTO diary (projection, pup, version, note) VALUES (@projection, @pup, @version, @note)");
        foreach (var (name, value) in (ReadOnlySpan<(string, object)>)[("projection", projection), ("pup", header.AggregateId.ToString()!), ("version", version ?? header.Version), ("note", note)])
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task DeleteAsync(DbConnection connection, DbTransaction transaction, string projection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, $"DELETE FROM diary WHERE projection = '{projection}'");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>The application whose projections have handlers, and a view beside them.</summary>
[EventSourcedApplication(typeof(Pup), typeof(Diary), typeof(ParkingDiary), typeof(ParkingRow), typeof(SkippingDiary), typeof(LateDiary), TablePrefix = "clinic")]
public sealed partial class Clinic
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Clinic> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Clinic, Guid>("clinic_events", options ?? new(), Create, Create), default);
}

/// <summary>A later version of handlers.</summary>
[Projection("diary", Version = 2)]
public sealed partial class LaterDiary(DbConnection connection, DbTransaction transaction)
{
    private async Task When(Pup.Learned e, EventHeader header, CancellationToken cancellationToken) =>
        await DiaryTable.InsertAsync(connection, transaction, "diary", header, e.Trick.ToUpperInvariant(), cancellationToken);

    private async Task Reset(CancellationToken cancellationToken) => await DiaryTable.DeleteAsync(connection, transaction, "diary", cancellationToken);
}

/// <summary>The same application after a change of handlers, and only with them.</summary>
[EventSourcedApplication(typeof(Pup), typeof(LaterDiary), TablePrefix = "clinic")]
public sealed partial class LaterClinic
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<LaterClinic> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<LaterClinic, Guid>("clinic_events", options ?? new(), Create, Create), default);
}

/// <summary>Counts in memory, without a table: its effects aren't undone, but the position is stored all the same.</summary>
[Projection("visits")]
public sealed partial class Visits
{
    /// <summary>The numbers of events, by aggregate.</summary>
    public static System.Collections.Concurrent.ConcurrentDictionary<Guid, int> Counts { get; } = new();

    private static void When(Pup.Born e, EventHeader header) => Counts.AddOrUpdate((Guid)header.AggregateId, 1, static (_, count) => count + 1);

    private void When(Pup.Learned e, EventHeader header) => When(new Pup.Born(""), header);

    private static void Reset()
    {
        // The counts of other stores stay.
    }
}

/// <summary>An application whose only projection needs no connection.</summary>
[EventSourcedApplication(typeof(Pup), typeof(Visits), TablePrefix = "lobby")]
public sealed partial class Lobby
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Lobby> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Lobby, Guid>("lobby_events", options ?? new(), Create, Create), default);
}
