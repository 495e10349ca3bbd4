using Benchmarks.Projecting;
using Microsoft.Data.Sqlite;

namespace Benchmarks.Sqlite;

/// <summary>The files of W8.</summary>
internal sealed class SqliteViewDatabase(Files files) : ViewDatabase
{
    public override string Engine => SqliteWorkloads.Full;

    public override string Url => files.Url(SqliteWorkloads.Full);

    public override Task CopyToFloorAsync()
    {
        files.CopyToFloor();
        return Task.CompletedTask;
    }

    public override Task ClearAsync(string table) => Task.FromResult(Execute($"DELETE FROM {table}"));

    public override Task<long> CountAsync(string table) => Task.FromResult(Execute($"SELECT sum(count + 1) FROM {table}") ?? 0);

    public override Task<IFloorProjection> OpenFloorAsync() => Task.FromResult<IFloorProjection>(new SqliteFloorProjection(files.Floor));

    public override ValueTask DisposeAsync()
    {
        files.Dispose();
        return default;
    }

    private long? Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={files.Library};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as long?;
    }
}
