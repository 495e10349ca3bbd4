using EventSourcing.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;
using Recorders.Contract;
using School;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The methods of an application that administer its tables, tried with the sample's.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PostgreSqlDatabase _database = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => _folder.PathOf("school.db");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Missing_tables_are_reported_and_then_created(bool postgreSql)
    {
        var url = postgreSql ? _database.Url : $"sqlite:///{File}";

        var before = await TrainingSchool.VerifySchemaAsync(url, cancellationToken: Token);
        await TrainingSchool.EnsureSchemaAsync(url, cancellationToken: Token);
        await TrainingSchool.EnsureSchemaAsync(url, cancellationToken: Token);

        Assert.NotEmpty(before);
        Assert.Empty(await TrainingSchool.VerifySchemaAsync(url, cancellationToken: Token));
    }

    [Fact]
    public async Task The_scripts_create_a_complete_schema()
    {
        _database.Query(TrainingSchool.SchemaSql.PostgreSql);
        await using (var connection = new SqliteConnection($"Data Source={File};Pooling=false"))
        {
            await connection.OpenAsync(Token);
            await using var command = new SqliteCommand(TrainingSchool.SchemaSql.Sqlite, connection);
            await command.ExecuteNonQueryAsync(Token);
        }

        Assert.Empty(await TrainingSchool.VerifySchemaAsync(_database.Url, cancellationToken: Token));
        Assert.Empty(await TrainingSchool.VerifySchemaAsync($"sqlite:///{File}", cancellationToken: Token));
    }

    [Fact]
    public async Task A_data_source_still_belongs_to_its_owner()
    {
        await using var dataSource = NpgsqlDataSource.Create(_database.ConnectionString);

        Assert.NotEmpty(await TrainingSchool.VerifySchemaAsync(dataSource, cancellationToken: Token));
        await TrainingSchool.EnsureSchemaAsync(dataSource, cancellationToken: Token);
        Assert.Empty(await TrainingSchool.VerifySchemaAsync(dataSource, cancellationToken: Token));
        for (var i = 0; i < 2; i++)
        {
            await using var school = await TrainingSchool.OpenAsync(dataSource, cancellationToken: Token);
            await school.RegisterAsync($"Fido {i}", Token);
        }

        await using var count = dataSource.CreateCommand("SELECT count(*) FROM trainingschool_events");
        Assert.Equal(2L, await count.ExecuteScalarAsync(Token));
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }
}
