using System.Diagnostics;
using EventSourcing;

namespace Benchmarks;

/// <summary>The library's turns, the same on every engine. Rates are events a second.</summary>
internal sealed class Library(Bank bank) : IAsyncDisposable
{
    private long _number;

    public Bank Bank => bank;

    public static async Task<Library> OpenAsync(string url) => new(await Bank.OpenAsync(url));

    public static Account Open(long number) =>
        new(Guid.CreateVersion7(), Sample.Owner, Sample.Name(number), Sample.Number(number), Sample.Amount(number));

    public static void Change(Account account, long number) =>
        account.Change(Sample.Owner, Sample.Name(number), Sample.Number(number), Sample.Amount(number));

    /// <summary>W1: one event a save, one caller.</summary>
    public async Task<double> SaveAsync(int saves)
    {
        var started = Stopwatch.GetTimestamp();
        await SaveStreamsAsync(saves, _number);
        _number += saves;
        return saves / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>W2: one event a save, many callers.</summary>
    public async Task<double> SaveInParallelAsync(int callers, int savesOfEach)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => SaveStreamsAsync(savesOfEach, _number + caller * savesOfEach))));
        _number += callers * savesOfEach;
        return callers * savesOfEach / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>W3: many events of one aggregate a save.</summary>
    public async Task<double> SaveManyAsync(int saves, int events)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < saves; i++)
        {
            var account = Open(_number++);
            for (var e = 1; e < events; e++)
            {
                Change(account, _number++);
            }

            await bank.SaveAsync(account);
        }

        return saves * events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Creates aggregates for W4 and W5, with the events of each aggregate side by side.</summary>
    /// <returns>Their ids.</returns>
    public async Task<Guid[]> FillAsync(int aggregates, int events)
    {
        var ids = new List<Guid>(aggregates);
        foreach (var chunk in Enumerable.Range(0, aggregates).Chunk(Math.Max(1, 2000 / events)))
        {
            var accounts = new List<Account>();
            foreach (var _ in chunk)
            {
                var account = Open(_number++);
                for (var e = 1; e < events; e++)
                {
                    Change(account, _number++);
                }

                accounts.Add(account);
            }

            await bank.SaveAsync(accounts);
            ids.AddRange(accounts.Select(a => a.Id));
        }

        return [.. ids];
    }

    /// <summary>Creates aggregates for W8, with one event of each aggregate after the other.</summary>
    public async Task FillInTurnsAsync(int aggregates, int events)
    {
        var accounts = Enumerable.Range(0, aggregates).Select(_ => Open(_number++)).ToArray();
        for (var e = 0; e < events; e++)
        {
            foreach (var chunk in accounts.Chunk(2000))
            {
                foreach (var account in chunk.Where(_ => e > 0))
                {
                    Change(account, _number++);
                }

                await bank.SaveAsync(chunk);
            }
        }
    }

    /// <summary>W4: µs for an aggregate, chosen by <paramref name="random"/>.</summary>
    public async Task<double> LoadAsync(Guid[] ids, int loads, int events, Random random)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < loads; i++)
        {
            var account = await bank.Repository.GetAsync<Account>(ids[random.Next(ids.Length)]);
            if (account.Version != events)
            {
                throw new InvalidOperationException($"Version {account.Version}.");
            }
        }

        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / loads;
    }

    /// <summary>W5: the whole log.</summary>
    public async Task<double> ReadLogAsync(int events)
    {
        var started = Stopwatch.GetTimestamp();
        var (count, sum) = (0, 0L);
        await foreach (var recording in bank.NotificationLog.ReadAllAsync(pageSize: 1000))
        {
            count++;
            sum += recording.Event is Account.Changed changed ? changed.Amount : 0;
        }

        return count == events && sum > 0
            ? count / Stopwatch.GetElapsedTime(started).TotalSeconds
            : throw new InvalidOperationException($"{count} events.");
    }

    public ValueTask DisposeAsync() => bank.DisposeAsync();

    private async Task SaveStreamsAsync(int saves, long number)
    {
        Account? account = null;
        for (var i = 0; i < saves; i++, number++)
        {
            if (i % Sample.StreamLength == 0)
            {
                account = Open(number);
            }
            else
            {
                Change(account!, number);
            }

            await bank.SaveAsync(account!);
        }
    }
}
