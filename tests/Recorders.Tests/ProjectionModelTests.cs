using CsCheck;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>
/// Random schedules of saves, conflicts, transactions, runners, rebuilds, restarts and other programs. Afterwards, the log has exactly what was
/// acknowledged, and every projection equals a fold of the log. A failure prints the seed that replays it (CsCheck_Seed).
/// </summary>
public sealed class ProjectionModelTests(ITestOutputHelper output)
{
    private const int Pups = 5;

    private static readonly string[] Projections = ["pups", "tricks", "guests", "guest_words", "diary"];

    private static readonly Gen<Step[]> Schedules =
        Gen.Select(Gen.Enum<StepKind>(), Gen.Int[0, Pups - 1], Gen.Int[1, 4]).Select(static (kind, pup, count) => new Step(kind, pup, count)).Array[1, 25];

    public enum StepKind
    {
        Learn,
        LearnMore,
        Rename,
        Leave,
        Conflict,
        Commit,
        RollBack,
        SaveElsewhere,
        CatchUp,
        StartRunner,
        StopRunner,
        Rebuild,
        Restart,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task SQLite() => RunAsync(static () => new SqliteFileFixture(), TestRounds.Of(25, 2000));

    [Fact]
    public Task PostgreSQL() => RunAsync(static () => new PostgreSqlFixture(), TestRounds.Of(4, 300));

    private async Task RunAsync(Func<RecorderFixture> create, int rounds)
    {
        var (steps, events) = (0, 0);
        await Schedules.SampleAsync(
            async schedule =>
            {
                await using var fixture = create();
                await using var world = new World(fixture);
                await world.OpenAsync();
                foreach (var step in schedule)
                {
                    await world.RunAsync(step);
                }

                events += await world.CompareAsync();
                steps += schedule.Length;
            },
            iter: rounds,
            threads: 1);
        output.WriteLine($"{rounds} schedules, {steps} steps, {events} events, 0 violations");
    }

    private sealed record Step(StepKind Kind, int Pup, int Count);

    /// <summary>A store with its program, and what was acknowledged.</summary>
    private sealed class World(RecorderFixture fixture) : IAsyncDisposable
    {
        private readonly Guid?[] _pups = new Guid?[Pups];
        private readonly List<(Guid Pup, long Version)> _acknowledged = [];
        private Manor? _manor;
        private CancellationTokenSource? _stop;
        private Task _running = Task.CompletedTask;
        private int _words;

        public async Task OpenAsync()
        {
            await ReopenAsync();
            await ExecuteAsync(DiaryTable.Create);
        }

        public async Task RunAsync(Step step)
        {
            switch (step.Kind)
            {
                case StepKind.Learn or StepKind.LearnMore:
                    Acknowledge(step.Pup, await _manor!.SaveAsync(Teach(await LoadAsync(step.Pup), step.Count), Token));
                    break;
                case StepKind.Rename:
                    var renamed = await LoadAsync(step.Pup);
                    renamed.Rename(step.Count == 1 ? $"gone {Word()}" : $"{Word()} {Word()}");
                    Acknowledge(step.Pup, await _manor!.SaveAsync(renamed, Token));
                    break;
                case StepKind.Leave:
                    var left = await LoadAsync(step.Pup);
                    left.Leave();
                    Acknowledge(step.Pup, await _manor!.SaveAsync(left, Token));
                    _pups[step.Pup] = null;
                    break;
                case StepKind.Conflict when _pups[step.Pup] is not null:
                    var (first, second) = (await LoadAsync(step.Pup), await LoadAsync(step.Pup));
                    Acknowledge(step.Pup, await _manor!.SaveAsync(Teach(first, 1), Token));
                    await Assert.ThrowsAsync<ConcurrencyException>(() => _manor.SaveAsync(Teach(second, step.Count), Token).AsTask());
                    break;
                case StepKind.Commit or StepKind.RollBack:
                    await RunTransactionAsync(step);
                    break;
                case StepKind.SaveElsewhere:
                    await using (var earlier = await EarlierManor.OpenAsync(fixture.Url, cancellationToken: Token))
                    {
                        var pup = _pups[step.Pup] is { } id ? await earlier.Repository.GetAsync<Pup>(new PupId(id), Token) : NewPup();
                        Acknowledge(step.Pup, await earlier.SaveAsync(Teach(pup, step.Count), Token));
                    }

                    break;
                case StepKind.CatchUp:
                    await _manor!.Projections.RunUntilCaughtUpAsync(Token);
                    break;
                case StepKind.StartRunner when _stop is null:
                    _stop = new CancellationTokenSource();
                    _running = _manor!.Projections.RunAsync(_stop.Token);
                    break;
                case StepKind.StopRunner:
                    await StopAsync();
                    break;
                case StepKind.Rebuild:
                    await StopAsync();
                    await ExecuteAsync($"DELETE FROM manor_projections WHERE name = '{Projections[step.Pup]}'");
                    break;
                case StepKind.Restart:
                    await ReopenAsync();
                    break;
            }
        }

        /// <summary>Compares the log with what was acknowledged, and the projections with a fold of the log that is written here once more.</summary>
        /// <returns>The number of events.</returns>
        public async Task<int> CompareAsync()
        {
            await StopAsync();
            await _manor!.Projections.RunUntilCaughtUpAsync(Token);
            var (pups, tricks, words, notes, log) = (
                new Dictionary<Guid, (string Name, int Tricks, string Learned)>(), new Dictionary<string, long>(), new Dictionary<string, List<string>>(),
                new List<(string, long, string)>(), new List<(Guid, long)>());
            await foreach (var recorded in _manor.NotificationLog.ReadAllAsync(cancellationToken: Token))
            {
                var id = recorded.AggregateId;
                log.Add((id, recorded.Header.Version));
                switch (recorded.Event)
                {
                    case Pup.Born e:
                        pups.Add(id, (e.Name, 0, e.Name));
                        break;
                    case Pup.Learned e:
                        pups[id] = (pups[id].Name, pups[id].Tricks + 1, $"{pups[id].Learned},{e.Trick}");
                        tricks[e.Trick] = tricks.GetValueOrDefault(e.Trick) + 1;
                        notes.Add((id.ToString(), recorded.Header.Version, e.Trick));
                        Use(e.Trick);
                        break;
                    case Pup.Renamed e:
                        pups[id] = pups[id] with { Name = e.Name };
                        if (!e.Name.StartsWith("gone", StringComparison.Ordinal))
                        {
                            Use(e.Name);
                        }
                        else
                        {
                            Array.ForEach(e.Name.Split(' '), word => words.Remove(word));
                        }

                        break;
                    case Pup.Left:
                        pups.Remove(id);
                        break;
                }
            }

            Assert.Equal(_acknowledged, log);
            var rows = (await _manor.Views.PupRow.GetPageAsync(cancellationToken: Token)).Select(row => (row.PupId.Value, row.Name, row.Tricks));
            Assert.Equal(pups.Select(p => (p.Key, p.Value.Name, p.Value.Tricks)).Order(), rows.Order());
            var guests = (await _manor.Views.GuestRow.GetPageAsync(cancellationToken: Token)).Select(row => (row.PupId.Value, row.Tricks));
            Assert.Equal(pups.Select(p => (p.Key, p.Value.Learned)).Order(), guests.Order());
            var counts = (await _manor.Views.TrickCount.GetPageAsync(cancellationToken: Token)).Select(row => (row.Trick, row.Pups));
            Assert.Equal(tricks.Select(t => (t.Key, t.Value)).Order(), counts.Order());
            var uses = (await _manor.Views.GuestWord.GetPageAsync(cancellationToken: Token)).Select(row => (row.Word, string.Join('|', row.Uses)));
            Assert.Equal(words.Select(w => (w.Key, string.Join('|', w.Value))).Order(), uses.Order());
            Assert.Equal(notes.Order(), (await ReadNotesAsync()).Order());
            return log.Count;

            void Use(string text)
            {
                foreach (var word in text.Split(' ').Distinct())
                {
                    if (!words.TryGetValue(word, out var list))
                    {
                        words.Add(word, list = []);
                    }

                    list.Add(text);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            if (_manor is not null)
            {
                await _manor.DisposeAsync();
            }
        }

        private async Task ReopenAsync()
        {
            await DisposeAsync();
            _manor = await Manor.OpenAsync(fixture.Url, new EventStoreOptions { ProjectionLease = TimeSpan.FromSeconds(1) }, Token);
        }

        private async Task StopAsync()
        {
            if (_stop is not null)
            {
                await _stop.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
                _stop.Dispose();
                _stop = null;
            }
        }

        /// <summary>Saves several pups in one transaction, and ends it.</summary>
        private async Task RunTransactionAsync(Step step)
        {
            Pup[] saved = [.. Enumerable.Repeat<Pup>(null!, step.Count)];
            for (var i = 0; i < saved.Length; i++)
            {
                saved[i] = await LoadAsync((step.Pup + i) % Pups);
            }

            await using var transaction = await _manor!.Recorder.BeginTransactionAsync(eventsOnly: step.Pup % 2 == 0, cancellationToken: Token);
            foreach (var pup in saved)
            {
                await _manor.SaveAsync(Teach(pup, 1), Token);
            }

            if (step.Kind == StepKind.Commit)
            {
                var recordings = await transaction.CommitAsync(Token);
                for (var i = 0; i < saved.Length; i++)
                {
                    _pups[(step.Pup + i) % Pups] = saved[i].Id.Value;
                }

                _acknowledged.AddRange(recordings.Select(recorded => (recorded.AggregateId, recorded.Header.Version)));
            }
        }

        private async Task<Pup> LoadAsync(int index) =>
            _pups[index] is { } id ? await _manor!.Repository.GetAsync<Pup>(new PupId(id), Token) : NewPup();

        private Pup NewPup() => new(new PupId(Guid.NewGuid()), Word(), DateTimeOffset.UnixEpoch);

        private Pup Teach(Pup pup, int count)
        {
            for (var i = 0; i < count; i++)
            {
                pup.Learn($"{Word()} {Word()}");
            }

            return pup;
        }

        // Few words, so that events of different pups meet in rows.
        private string Word() => $"w{_words++ % 7}";

        private void Acknowledge(int index, IReadOnlyList<RecordedEvent<Guid>> recordings)
        {
            _pups[index] = recordings[0].AggregateId;
            _acknowledged.AddRange(recordings.Select(recorded => (recorded.AggregateId, recorded.Header.Version)));
        }

        private async Task ExecuteAsync(string sql)
        {
            await using var transaction = await _manor!.Recorder.BeginTransactionAsync(cancellationToken: Token);
            await using var command = transaction.Connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction.DbTransaction, sql);
            await command.ExecuteNonQueryAsync(Token);
            await transaction.CommitAsync(Token);
        }

        private async Task<List<(string, long, string)>> ReadNotesAsync()
        {
            await using var transaction = await _manor!.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: Token);
            await using var command = transaction.Connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction.DbTransaction, "SELECT pup, version, note FROM diary WHERE projection = 'diary'");
            await using var reader = await command.ExecuteReaderAsync(Token);
            List<(string, long, string)> notes = [];
            while (await reader.ReadAsync(Token))
            {
                notes.Add((reader.GetString(0), reader.GetInt64(1), reader.GetString(2)));
            }

            return notes;
        }
    }
}
