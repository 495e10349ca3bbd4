using Npgsql;

namespace Benchmarks.PostgreSql;

/// <summary>The database that both systems write to, each in a table of its own.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly NpgsqlDataSource _floor;

    /// <param name="connectionString">Names a database whose tables may be deleted.</param>
    public Database(string connectionString)
    {
        ConnectionString = connectionString;
        var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        builder.EnableArrays();
        builder.ConnectionStringBuilder.NoResetOnClose = true;

        // A save of a hundred events is sent in one piece. A plan is made once; otherwise each load of a short aggregate is planned.
        builder.ConnectionStringBuilder.WriteBufferSize = 65_536;
        builder.ConnectionStringBuilder.Options = "-c plan_cache_mode=force_generic_plan";
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        _floor = builder.Build();
    }

    public string ConnectionString { get; }

    /// <summary>The floor, on a new table.</summary>
    public Task<PostgreSqlFloor> OpenFloorAsync() => PostgreSqlFloor.OpenAsync(_floor);

    public Task<PostgreSqlFloorReader> OpenFloorReaderAsync() => PostgreSqlFloorReader.OpenAsync(_floor);

    public Task<PostgreSqlFloorProjection> OpenFloorProjectionAsync() => PostgreSqlFloorProjection.OpenAsync(_floor);

    /// <summary>The library, on a new table.</summary>
    public async Task<Library> OpenLibraryAsync()
    {
        await ExecuteAsync("DROP TABLE IF EXISTS bank_events");
        return await Library.OpenAsync(ConnectionString);
    }

    /// <summary>Copies the library's events to the floor, and updates the server's statistics of both tables.</summary>
    public async Task CopyToFloorAsync()
    {
        await ExecuteAsync(PostgreSqlFloor.CreateTable);
        await ExecuteAsync("""
            INSERT INTO floor_events (id, originator_id, originator_version, topic, state) OVERRIDING SYSTEM VALUE
            SELECT id, originator_id, originator_version, topic, state FROM bank_events ORDER BY id
            """);
        await ExecuteAsync("VACUUM ANALYZE floor_events");
        await ExecuteAsync("VACUUM ANALYZE bank_events");
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _floor.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> ReadAsync(string sql)
    {
        await using var command = _floor.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as long? ?? 0;
    }

    /// <summary>Drops the library's tables.</summary>
    public Task DropAsync() => ExecuteAsync("""
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND starts_with(tablename, 'bank_') LOOP
                EXECUTE format('DROP TABLE %I', name);
            END LOOP;
        END $$
        """);

    public ValueTask DisposeAsync() => _floor.DisposeAsync();
}
