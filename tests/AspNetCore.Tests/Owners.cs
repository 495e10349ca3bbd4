using System.Data.Common;

namespace AspNetCore.Tests;

/// <summary>A table of the user's own, in the store's database.</summary>
internal static class Owners
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task CreateAsync(Kennel kennel) => await kennel.Recorder.InTransactionAsync(
        async t => await ExecuteAsync(t.Connection, t.DbTransaction, "CREATE TABLE owners (name TEXT PRIMARY KEY)", null), cancellationToken: Token);

    /// <summary>Adds one in the transaction of a session.</summary>
    public static async Task AddAsync(StoreSession<Guid> session, string name)
    {
        var transaction = await session.GetTransactionAsync(CancellationToken.None);
        await ExecuteAsync(transaction.Connection, transaction.DbTransaction, "INSERT INTO owners (name) VALUES (@name)", name);
    }

    /// <summary>Overwrites the states of all events, in the transaction of a session.</summary>
    public static async Task DamageAsync(StoreSession<Guid> session, string text)
    {
        var transaction = await session.GetTransactionAsync(CancellationToken.None);
        var cast = transaction.Connection is Npgsql.NpgsqlConnection ? "CAST(@name AS text)::bytea" : "CAST(@name AS BLOB)";
        await ExecuteAsync(transaction.Connection, transaction.DbTransaction, $"UPDATE kennel_events SET state = {cast}", $$"""{"{{text}}":"{{text}}","timestamp":"{{text}}"}""");
    }

    /// <summary>On PostgreSQL: runs a statement that fails with a given SQLSTATE, in the transaction of a session.</summary>
    public static async Task FailAsync(StoreSession<Guid> session, string state)
    {
        var transaction = await session.GetTransactionAsync(CancellationToken.None);
        await ExecuteAsync(transaction.Connection, transaction.DbTransaction, $"DO $$BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END$$", null);
    }

    public static async Task<List<string>> ReadAsync(Kennel kennel)
    {
        var names = new List<string>();
        await using var transaction = await kennel.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: Token);
        await using var command = transaction.Connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction.DbTransaction, "SELECT name FROM owners");
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
        {
            names.Add(reader.GetString(0));
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static async Task ExecuteAsync(DbConnection connection, DbTransaction transaction, string sql, string? name)
    {
        await using var command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, sql);
        if (name is not null)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("name", name);
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
