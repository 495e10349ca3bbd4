using System.Data;
using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>
/// Follows the log as a subscriber does, which never reads below the position that it has seen last, until the writers
/// have ended.
/// </summary>
internal abstract class LogReader
{
    private volatile bool _isLastRound;

    public abstract string Name { get; }

    /// <summary>In the order in which they were seen.</summary>
    public List<long> Seen { get; } = [];

    protected long Last { get; set; }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>All writers have ended: the log is complete.</summary>
    /// <param name="head">Its last position.</param>
    public virtual void Finish(long head) => _isLastRound = true;

    public virtual async Task RunAsync()
    {
        while (true)
        {
            // This is read before the log: if it is true, all writers had ended before the reading.
            var isLastRound = _isLastRound;
            while (await ReadPageAsync() > 0)
            {
            }

            if (isLastRound)
            {
                return;
            }

            await Task.Delay(1, Token);
        }
    }

    /// <returns>How many events were read.</returns>
    protected abstract Task<int> ReadPageAsync();

    /// <summary>Events that it missed, saw twice, or saw in another order than that of the positions.</summary>
    public IEnumerable<string> FindViolations(IReadOnlyCollection<long> log)
    {
        var missed = log.Except(Seen).ToList();
        if (missed.Count > 0)
        {
            yield return $"{Name} missed {missed.Count}, first {missed[0]}";
        }

        if (Seen.Count != Seen.Distinct().Count())
        {
            yield return $"{Name} saw {Seen.Count - Seen.Distinct().Count()} twice";
        }

        if (Seen.Except(log).Any())
        {
            yield return $"{Name} saw what isn't there";
        }

        if (!Seen.SequenceEqual(Seen.Order()))
        {
            yield return $"{Name} saw another order";
        }
    }
}

/// <summary>Polls with SQL of its own.</summary>
internal sealed class SqlReader(NpgsqlConnection connection, IsolationLevel isolation) : LogReader
{
    public override string Name => isolation.ToString();

    protected override async Task<int> ReadPageAsync()
    {
        await using var transaction = await connection.BeginTransactionAsync(isolation, Token);
        await using var command = new NpgsqlCommand("SELECT id FROM contract_events WHERE id > $1 ORDER BY id LIMIT 500", connection, transaction);
        command.Parameters.Add(new() { Value = Last });
        var count = 0;
        await using (var reader = await command.ExecuteReaderAsync(Token))
        {
            for (; await reader.ReadAsync(Token); count++)
            {
                Seen.Add(Last = reader.GetInt64(0));
            }
        }

        await transaction.CommitAsync(Token);
        return count;
    }
}

/// <summary>Reads the whole log each time, as a tool would: its beginning must not change.</summary>
internal sealed class WholeLogReader(NpgsqlConnection connection) : LogReader
{
    public override string Name => "whole log";

    protected override async Task<int> ReadPageAsync()
    {
        var log = new List<long>();
        await using (var command = new NpgsqlCommand("SELECT id FROM contract_events", connection))
        {
            await using var reader = await command.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
            {
                log.Add(reader.GetInt64(0));
            }
        }

        log.Sort();
        var fresh = log.Where(position => position > Last).ToList();
        Seen.AddRange(fresh);
        Last = log.LastOrDefault();
        // It shall not use all the time of the server.
        await Task.Delay(log.Count / 1000, Token);
        return 0;
    }
}

/// <summary>Polls with the recorder.</summary>
internal sealed class RecorderReader(IApplicationRecorder<Guid> recorder) : LogReader
{
    public override string Name => "recorder";

    protected override async Task<int> ReadPageAsync()
    {
        var page = await recorder.SelectNotificationsAsync(500, Last, inclusiveOfStart: false, cancellationToken: Token);
        Seen.AddRange(page.Select(row => row.Position));
        Last = page.Count > 0 ? page[^1].Position : Last;
        return page.Count;
    }
}

/// <summary>Subscribes to the log of the application.</summary>
internal sealed class SubscriptionReader(NotificationLog<Guid> log, params string[] topics) : LogReader
{
    private long _last;
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(Token);

    public override string Name => "subscription";

    /// <summary>The position of the last event that was seen.</summary>
    public long Position => Volatile.Read(ref _last);

    public override void Finish(long head) => _ = Task.Run(async () =>
    {
        // An event that is missing for so long never arrives; a duplicate arrives at once.
        for (var i = 0; i < 600 && Volatile.Read(ref _last) < head; i++)
        {
            await Task.Delay(50, Token);
        }

        await Task.Delay(200, Token);
        await _end.CancelAsync();
    });

    public override async Task RunAsync()
    {
        try
        {
            await foreach (var recording in log.SubscribeAsync(topics: topics, cancellationToken: _end.Token))
            {
                Seen.Add(recording.Position!.Value);
                Volatile.Write(ref _last, recording.Position.Value);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
        }
    }

    protected override Task<int> ReadPageAsync() => throw new NotSupportedException();
}
