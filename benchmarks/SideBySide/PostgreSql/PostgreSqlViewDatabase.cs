using Benchmarks.Projecting;

namespace Benchmarks.PostgreSql;

/// <summary>The tables of W8, which don't exist yet.</summary>
internal sealed class PostgreSqlViewDatabase(Database database) : ViewDatabase
{
    public override string Engine => PostgreSqlWorkloads.Engine;

    public override string Url => database.ConnectionString;

    public override Task CopyToFloorAsync() => database.CopyToFloorAsync();

    public override Task ClearAsync(string table) => database.ExecuteAsync($"TRUNCATE {table}");

    public override async Task<long> CountAsync(string table) => await database.ReadAsync($"SELECT sum(count + 1) FROM {table}");

    public override async Task<IFloorProjection> OpenFloorAsync() => await database.OpenFloorProjectionAsync();

    // Without that of this query.
    public override async Task<int?> CountConnectionsAsync() => (int)await database.ReadAsync(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()");

    public override async ValueTask DisposeAsync() => await database.DropAsync();
}
