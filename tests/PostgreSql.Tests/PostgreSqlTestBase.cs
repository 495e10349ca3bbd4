using System.Globalization;
using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>A database for each test, queried with connections of its own.</summary>
public abstract class PostgreSqlTestBase(PostgreSqlServer? server = null) : IDisposable
{
    /// <summary>Must not appear in a message; see <see cref="PostgreSqlDatabase"/>.</summary>
    protected PostgreSqlDatabase Database { get; } = new(server);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual void Dispose()
    {
        Database.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The recorder of the table contract_events.</summary>
    protected IApplicationRecorder<Guid> Open(string urlOptions = "", EventStoreOptions? options = null) =>
        GeneratedRecorders.WithGuidsAt(Database.Url + urlOptions, options);

    protected NpgsqlConnection Connect() => Database.Connect();

    protected object? Query(string sql) => Database.Query(sql);

    protected long Count(string sql) => Convert.ToInt64(Query(sql), CultureInfo.InvariantCulture);

    /// <summary>Events that the application itself can read, too.</summary>
    protected static StoredEvent<Guid>[] Events(Guid id, long first = 1, int count = 1, string name = "x") =>
        [.. Enumerable.Range(0, count).Select(i => new StoredEvent<Guid>(id, first + i, "GuidThing.Made", State(name)))];

    protected static byte[] State(string name) =>
        System.Text.Encoding.UTF8.GetBytes($$"""{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"{{name}}"}""");

    /// <summary>The result of a save or a commit: success, conflict, nothing written, or in doubt.</summary>
    internal static async Task<string> OutcomeAsync(
        Func<ValueTask<IReadOnlyList<long>>> save, int count, TimeSpan limit, Action<Exception> onViolation)
    {
        try
        {
            var positions = await save().AsTask().WaitAsync(limit, Token);
            return positions.Count == count && positions[0] > 0 ? "success" : "too few positions";
        }
        catch (ConcurrencyException)
        {
            return "conflict";
        }
        catch (TransientStoreException)
        {
            return "nothing written";
        }
        catch (InDoubtException)
        {
            return "in doubt";
        }
        catch (Exception exception) when (!Token.IsCancellationRequested)
        {
            onViolation(exception);
            return exception.GetType().Name;
        }
    }

    /// <summary>The first column, of type bigint.</summary>
    protected static async Task<List<long>> PositionsAsync(NpgsqlConnection connection, string sql, NpgsqlTransaction? transaction = null)
    {
        var positions = new List<long>();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
        {
            positions.Add(reader.GetInt64(0));
        }

        return positions;
    }
}
