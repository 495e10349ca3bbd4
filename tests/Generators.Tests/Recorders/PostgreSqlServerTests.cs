using EventSourcing.Generators.Recorders.Sql;
using Npgsql;
using Recorders.Contract;
using Xunit;
using static EventSourcing.Generators.Tests.Recorders.RecorderModels;

namespace EventSourcing.Generators.Tests.Recorders;

/// <summary>Runs each SQL text on a PostgreSQL server.</summary>
public sealed class PostgreSqlServerTests : IDisposable
{
    private const string Longest = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop";

    private readonly PostgreSqlDatabase _database = new();
    private readonly NpgsqlConnection _connection;

    public PostgreSqlServerTests() => _connection = _database.Connect();

    public static TheoryData<string, string> Names => new()
    {
        { "trainingschool", "public" },
        { "Select", "Order" },
        { Longest, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk" },
    };

    [Theory, MemberData(nameof(Names))]
    public void Every_text_is_accepted(string prefix, string schema)
    {
        var texts = Create(Model(prefix, schema));
        Guid id = Guid.NewGuid(), append = Guid.NewGuid();

        using (var transaction = _connection.BeginTransaction())
        {
            Assert.Equal(["5s"], Read(texts["Lock"], r => r.GetString(0), "5000"));
            Assert.Equal([1], Append(texts, [id], [1], append));
            // The previous version must exist already; rows of the same statement aren't visible.
            Assert.Equal([2], Append(texts, [id], [2], append, follows: [true]));
            Run(texts["Notify"]);
            transaction.Commit();
        }

        Assert.Equal((2, 2, append), Assert.Single(Stored(texts, id, 2)));
        Run(texts["Listen"]);
        Assert.Equal([1, 2], Positions(texts["SelectEvents"], id, 0L, long.MaxValue, DBNull.Value));
        Assert.Equal([1], Positions(texts["SelectEvents"], id, 0L, long.MaxValue, 1L));
        Assert.Equal([2], Positions(texts["SelectEvents"], id, 1L, 2L, 10L));
        Assert.Equal([2, 1], Positions(texts["SelectEventsDescending"], id, 0L, long.MaxValue, DBNull.Value));
        Assert.Equal([2], Positions(texts["SelectNotifications"], 2L, 5L, 10L));
        Assert.Equal([1], Positions(texts["SelectNotifications"], 1L, 5L, 1L));
        Assert.Equal([2], Positions(texts["SelectNotificationsOfTopics"], 1L, 5L, 10L, new[] { "t2", "t3" }));
        Assert.Equal([2], Positions(texts["SelectMaxPosition"]));

        // No name was truncated, and nothing else was created.
        Assert.Equal(
            [$"{prefix}_events", $"{prefix}_events_aggregate_idx", $"{prefix}_events_id_seq", $"{prefix}_events_pkey"],
            Read("SELECT relname::text FROM pg_class WHERE relnamespace = $1::text::regnamespace", r => r.GetString(0), $"\"{schema}\"").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rows_are_stored_in_the_given_order_with_their_metadata()
    {
        var texts = Create(Model("school", "public"));
        var ids = Enumerable.Range(0, 100).Select(_ => Guid.NewGuid()).ToArray();

        var positions = Append(texts, ids, [.. ids.Select(_ => 1L)], Guid.NewGuid());

        Assert.Equal(Enumerable.Range(1, 100).Select(p => (long)p), positions);
        Assert.Equal(ids, Read(texts["SelectNotifications"], r => r.GetGuid(1), 1L, 100L, 100L));
        // Empty metadata is stored as null, and other metadata is kept.
        Assert.Equal([true, false, true], Read(texts["SelectNotifications"], r => r.IsDBNull(5), 1L, 100L, 3L));
        Assert.Equal([2], Read(texts["SelectNotifications"], r => r.GetFieldValue<byte[]>(5)[0], 2L, 2L, 1L));
    }

    [Fact]
    public void Conflicts_are_distinguished()
    {
        var texts = Create(Model("school", "public"));
        Guid id = Guid.NewGuid(), append = Guid.NewGuid();
        Append(texts, [id], [1], append);

        Assert.Equal(PostgresErrorCodes.UniqueViolation, Refusal([1], [false]));
        Assert.Equal(PostgresErrorCodes.NotNullViolation, Refusal([3], [true]));
        Assert.Equal(PostgresErrorCodes.NotNullViolation, Refusal([2, 3], [false, true]));
        Assert.Equal([(1, 1, append), (1, null, null), (null, null, null)], Read(
            texts["SelectStored"], r => (Value(r, 0), Value(r, 1), r.IsDBNull(2) ? null : (Guid?)r.GetGuid(2)),
            new[] { id, id, Guid.NewGuid() }, new[] { 1L, 2L, 1L }));

        string Refusal(long[] versions, bool[] follows) =>
            Assert.Throws<PostgresException>(() => Append(texts, [.. versions.Select(_ => id)], versions, Guid.NewGuid(), follows)).SqlState;

        static long? Value(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
    }

    [Fact]
    public void A_save_that_does_not_fit_is_left_out_completely()
    {
        var texts = Create(Model("school", "public"));
        Guid old = Guid.NewGuid(), fresh = Guid.NewGuid(), good = Guid.NewGuid(), late = Guid.NewGuid(), ahead = Guid.NewGuid();
        Append(texts, [old, old], [1, 2], Guid.NewGuid());

        var rows = AppendFitting(
            texts, [old, fresh, fresh, old, old, old, Guid.NewGuid()], [3, 1, 2, 2, 3, 4, 1], [good, good, late, late, late, ahead, ahead],
            [true, true, true, true, false, true, true]);

        // First the rows that don't fit, by number and with the stored version; then the positions, without gaps.
        Assert.Equal([(3, 0), (4, 2), (6, 2), (null, 3), (null, 4)], rows);
        Assert.Equal([(old, 3), (fresh, 1)], Read(texts["SelectNotifications"], r => (r.GetGuid(1), r.GetInt64(2)), 3L, 100L, 100L));
    }

    [Fact]
    public void An_event_that_does_not_fit_is_left_out()
    {
        var texts = Create(Model("school", "public"));
        Guid old = Guid.NewGuid(), fresh = Guid.NewGuid(), taken = Guid.NewGuid(), ahead = Guid.NewGuid(), free = Guid.NewGuid();
        Append(texts, [old, old, taken, taken], [1, 2, 1, 2], Guid.NewGuid());
        var appends = Enumerable.Range(0, 5).Select(_ => Guid.NewGuid()).ToArray();

        // The last event isn't the first of a contiguous save: its version only has to be free.
        var rows = AppendEach(texts, [old, taken, fresh, ahead, free], [3, 2, 1, 4, 7], appends, [true, true, true, true, false]);

        Assert.Equal([(5, appends[0]), (6, appends[2]), (7, appends[4])], rows);
        Assert.Equal([(old, 3), (fresh, 1), (free, 7)], Read(texts["SelectNotifications"], r => (r.GetGuid(1), r.GetInt64(2)), 5L, 100L, 100L));
    }

    /// <summary>Positions are assigned in the order of the lock; otherwise, subscribers would skip some.</summary>
    [Theory]
    [InlineData("InsertOne")]
    [InlineData("InsertRun")]
    [InlineData("InsertEach")]
    public void A_position_is_assigned_under_the_lock_or_not_at_all(string text)
    {
        var texts = Create(Model("school", "public"));
        using var other = _database.Connect();
        using (var transaction = other.BeginTransaction())
        {
            using var command = new NpgsqlCommand(texts["Lock"], other) { Parameters = { new NpgsqlParameter { Value = "5000" } } };
            command.ExecuteNonQuery();

            Assert.Empty(Insert());
        }

        Assert.Equal([1], Insert());
        using (var transaction = _connection.BeginTransaction())
        {
            Read(texts["Lock"], r => r.GetString(0), "5000");
            Assert.Equal([2], Insert());
        }

        List<long> Insert() => text switch
        {
            "InsertEach" => [.. AppendEach(texts, [Guid.NewGuid()], [1], [Guid.NewGuid()], [true]).Select(r => r.Item1)],
            "InsertOne" => Positions(texts[text], Guid.NewGuid(), 1L, "t", new byte[] { 1 }, System.Array.Empty<byte>(), Guid.NewGuid(), false, 0L),
            _ => Array(texts[text], Guid.NewGuid(), 1L, new[] { "t" }, new[] { new byte[] { 1 } }, System.Array.Empty<byte[]>(), Guid.NewGuid(), false, 0L),
        };
    }

    /// <summary>A statement that would store only a part of a save fails, so that nothing of the save is stored.</summary>
    [Theory]
    [InlineData("Insert")]
    [InlineData("InsertFitting")]
    [InlineData("InsertRun")]
    public void A_statement_fails_if_a_trigger_withholds_rows(string text)
    {
        var texts = Create(Model("school", "public"));
        Run("CREATE FUNCTION withhold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.originator_version = 2 THEN RETURN NULL; END IF; RETURN NEW; END'");
        Run("CREATE TRIGGER withhold BEFORE INSERT ON public.school_events FOR EACH ROW EXECUTE FUNCTION withhold()");
        var (id, append) = (Guid.NewGuid(), Guid.NewGuid());

        var refused = Assert.Throws<PostgresException>(() =>
        {
            switch (text)
            {
                case "Insert":
                    Append(texts, [id, id, id], [1, 2, 3], append);
                    break;
                case "InsertFitting":
                    AppendFitting(texts, [id, id, id, Guid.NewGuid()], [1, 2, 3, 5], [append, append, append, Guid.NewGuid()], [true, false, false, true]);
                    break;
                default:
                    Array(texts[text], id, 1L, new[] { "t", "t", "t" }, new byte[][] { [1], [1], [1] }, System.Array.Empty<byte[]>(), append, false, 0L);
                    break;
            }
        });

        Assert.Contains("withheld by the database", refused.MessageText, StringComparison.Ordinal);
        Assert.Equal([0], Read("SELECT count(*) FROM public.school_events", r => r.GetInt64(0)));
    }

    [Fact]
    public void A_position_that_was_passed_is_refused()
    {
        var texts = Create(Model("school", "public"));
        Append(texts, [Guid.NewGuid()], [1], Guid.NewGuid(), last: 0);
        Run("SELECT setval('public.school_events_id_seq', 10)");
        Append(texts, [Guid.NewGuid()], [1], Guid.NewGuid(), last: 1);

        // Below the stored positions, and below the last position that the caller has seen.
        Run("SELECT setval('public.school_events_id_seq', 5)");
        Refuses(() => Append(texts, [Guid.NewGuid()], [1], Guid.NewGuid()));
        Refuses(() => AppendFitting(texts, [Guid.NewGuid()], [1], [Guid.NewGuid()], [true]));
        Refuses(() => AppendEach(texts, [Guid.NewGuid()], [1], [Guid.NewGuid()], [true]));
        Run("SELECT setval('public.school_events_id_seq', 20)");
        Refuses(() => Append(texts, [Guid.NewGuid()], [1], Guid.NewGuid(), last: 30));
        Refuses(() => AppendFitting(texts, [Guid.NewGuid()], [1], [Guid.NewGuid()], [true], last: 30));
        Refuses(() => AppendEach(texts, [Guid.NewGuid()], [1], [Guid.NewGuid()], [true], last: 30));
        Assert.Equal([24], Append(texts, [Guid.NewGuid()], [1], Guid.NewGuid(), last: 23));

        static void Refuses(Action append)
        {
            var refused = Assert.Throws<PostgresException>(append);
            Assert.Equal(PostgresErrorCodes.InvalidTextRepresentation, refused.SqlState);
            Assert.Contains("passed already: position", refused.MessageText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Keys_can_be_text()
    {
        var texts = Create(Model("school", "public") with { HasTextKeys = true });

        Assert.Equal([1], Append(texts, ["a'\"b"], [1], Guid.NewGuid()));
        Assert.Equal([(null, 2), (null, 3)], AppendFitting(texts, ["a'\"b", "b"], [2, 1], [Guid.NewGuid(), Guid.NewGuid()], [true, true]));
        Assert.Single(AppendEach(texts, ["a'\"b", "b"], [3, 3], [Guid.NewGuid(), Guid.NewGuid()], [true, true]));
        Assert.Equal([1, 2, 4], Positions(texts["SelectEvents"], "a'\"b", 0L, 9L, 9L));
        Assert.Equal([3], Read(texts["SelectStored"], r => r.GetInt64(0), new[] { "a'\"b" }, new[] { 1L }));
    }

    /// <summary>A plan is kept while the table grows, so a plan without the index must never be created.</summary>
    [Theory]
    [InlineData("Insert", 0)]
    [InlineData("Insert", 60)]
    [InlineData("InsertFitting", 0)]
    [InlineData("InsertFitting", 60)]
    [InlineData("InsertEach", 0)]
    [InlineData("InsertEach", 60)]
    [InlineData("InsertRun", 0)]
    [InlineData("InsertRun", 60)]
    [InlineData("InsertOne", 0)]
    [InlineData("InsertOne", 60)]
    public void The_plan_of_an_append_uses_the_index_from_the_beginning(string text, int rows)
    {
        var texts = Create(Model("school", "public"));
        Append(texts, [.. Enumerable.Range(0, rows).Select(_ => Guid.NewGuid())], [.. Enumerable.Repeat(1L, rows)], Guid.NewGuid());
        Run("ANALYZE \"public\".\"school_events\"");
        // The connection on which the recorder writes has these settings.
        Run("SET plan_cache_mode = force_generic_plan");
        Run("SET enable_seqscan = off");
        Run($"PREPARE append AS {texts[text]}");

        using var transaction = _connection.BeginTransaction();
        Read(texts["Lock"], r => r.GetString(0), "5000");
        var plan = string.Join('\n', Read("EXPLAIN EXECUTE append (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)", r => r.GetString(0)));

        Assert.Contains("using school_events_aggregate_idx", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    /// <summary>A user that can create functions in a schema of the search path must not be able to interfere.</summary>
    [Fact]
    public void The_search_path_has_no_effect()
    {
        var texts = Create(Model("school", "public"));
        Run("CREATE SCHEMA other");
        Run("CREATE TABLE other.school_events AS SELECT * FROM public.school_events");
        foreach (var function in new[] { "pg_notify(text, text) RETURNS void", "set_config(text, text, boolean) RETURNS text", "pg_advisory_xact_lock(integer, integer) RETURNS void", "unnest(anyarray) RETURNS void" })
        {
            Run($"CREATE FUNCTION other.{function} LANGUAGE plpgsql AS 'BEGIN RAISE ''shadowed''; END'");
        }

        Run("CREATE FUNCTION other.unnest(uuid[], bigint[]) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE ''shadowed''; END'");
        Run("SET search_path = other, pg_catalog");
        var id = Guid.NewGuid();

        Read(texts["Lock"], r => r.GetString(0), "5000");
        Append(texts, [id], [1], Guid.NewGuid());
        AppendFitting(texts, [Guid.NewGuid(), id], [1, 2], [Guid.NewGuid(), Guid.NewGuid()], [true, true]);
        AppendEach(texts, [Guid.NewGuid()], [1], [Guid.NewGuid()], [true]);
        Run(texts["Notify"]);

        Assert.Single(Stored(texts, id, 1));
        Assert.Equal([0], Read("SELECT count(*) FROM other.school_events", r => r.GetInt64(0)));
        Assert.Equal([4], Positions(texts["SelectMaxPosition"]));
    }

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    private Dictionary<string, string> Create(TableNames model)
    {
        var texts = new PostgreSqlDialect().Events(model).ToDictionary(t => t.Name, t => t.Sql);
        foreach (var name in new PostgreSqlDialect().Script(model))
        {
            Run(texts[name]);
        }
        // Simulates a table that another program created.
        Run($"ALTER TABLE \"{model.Schema}\".\"{model.EventsTable}\" DROP COLUMN append_id, DROP COLUMN metadata");
        Run(texts["AddAppendId"]);
        Run(texts["AddMetadata"]);
        return texts;
    }

    // The topic of each event is t and its version, and every second one has metadata: its index plus one.
    private List<long> Append<TKey>(Dictionary<string, string> texts, TKey[] keys, long[] versions, Guid append, bool[]? follows = null, long last = 0) => Array(
        texts["Insert"], keys, versions, versions.Select(v => $"t{v}").ToArray(), keys.Select(_ => new byte[] { 1 }).ToArray(),
        keys.Select((_, i) => i % 2 == 0 ? [] : new byte[] { (byte)(i + 1) }).ToArray(), keys.Select(_ => append).ToArray(), follows ?? new bool[keys.Length], last);

    private List<(long?, long)> AppendFitting<TKey>(Dictionary<string, string> texts, TKey[] keys, long[] versions, Guid[] appends, bool[] isFirst, long last = 0) => Read(
        texts["InsertFitting"], r => (r.IsDBNull(0) ? null : (long?)r.GetInt64(0), r.GetInt64(1)), keys, versions, versions.Select(v => $"t{v}").ToArray(),
        keys.Select(_ => new byte[] { 1 }).ToArray(), System.Array.Empty<byte[]>(), appends, isFirst, last);

    private List<(long, Guid)> AppendEach<TKey>(Dictionary<string, string> texts, TKey[] keys, long[] versions, Guid[] appends, bool[] isFirst, long last = 0) => Read(
        texts["InsertEach"], r => (r.GetInt64(0), r.GetGuid(1)), keys, versions, versions.Select(v => $"t{v}").ToArray(),
        keys.Select(_ => new byte[] { 1 }).ToArray(), System.Array.Empty<byte[]>(), appends, isFirst, last);

    private List<(long, long, Guid)> Stored(Dictionary<string, string> texts, Guid id, long version) =>
        Read(texts["SelectStored"], r => (r.GetInt64(0), r.GetInt64(1), r.GetGuid(2)), new[] { id }, new[] { version });

    private List<long> Array(string sql, params object[] parameters) => [.. Read(sql, r => r.IsDBNull(0) ? [] : r.GetFieldValue<long[]>(0), parameters).Single()];

    private List<long> Positions(string sql, params object[] parameters) => Read(sql, r => r.GetInt64(0), parameters);

    private void Run(string sql)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        command.ExecuteNonQuery();
    }

    private List<T> Read<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
