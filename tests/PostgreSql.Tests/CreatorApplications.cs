using EventSourcing;
using Npgsql;
using Recorders.Contract;

namespace PostgreSql.Tests;

/// <summary>The behavior that a test gives to a creator. Creators run outside the flow of a test, so only one test at a time uses it.</summary>
internal sealed class Creations
{
    private int _count;

    public static Creations Current { get; set; } = new();

    /// <summary>How often the creator was asked.</summary>
    public int Count => Volatile.Read(ref _count);

    public Func<CancellationToken, ValueTask<NpgsqlConnection>> Connection { get; set; } = _ => throw new NotSupportedException();

    public Func<NpgsqlDataSource> DataSource { get; set; } = () => throw new NotSupportedException();

    /// <summary>Makes connections of a database.</summary>
    public static Creations Of(PostgreSqlDatabase database, string settings = "Pooling=false") => Current = new Creations
    {
        Connection = _ => new(new NpgsqlConnection($"{database.ConnectionString};{settings}")),
    };

    public static ValueTask<NpgsqlConnection> CreateAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Current._count);
        return Current.Connection(cancellationToken);
    }

    public static NpgsqlDataSource CreateDataSource()
    {
        Interlocked.Increment(ref Current._count);
        return Current.DataSource();
    }
}

[EventSourcedApplication(typeof(Dog), TablePrefix = "school")]
[ConnectionCreator(typeof(Creations), nameof(Creations.CreateAsync))]
internal sealed partial class CreatorSchool
{
    public async Task AddTrickAsync(string name, string trick) =>
        await RetryOnConflictAsync<Dog>(Dog.CreateId(name), dog => dog.AddTrick(trick), maxAttempts: 20);
}

[EventSourcedApplication(typeof(Dog), TablePrefix = "school")]
[ConnectionCreator(typeof(Creations), nameof(Creations.CreateDataSource))]
internal sealed partial class DataSourceSchool;
