using System.Data.Common;
using EventSourcing;

namespace School;

/// <summary>A table of our own, beside the events and in their transactions: plain ADO.NET, the same SQL on both engines.</summary>
/// <remarks>It knows nothing of events: a dog in it needn't be registered yet. But it belongs to one owner at most.</remarks>
internal static class Owners
{
    public const string CreateTable = """
        CREATE TABLE IF NOT EXISTS trainingschool_owners (
            id text PRIMARY KEY,
            name text NOT NULL CONSTRAINT owner_name_length CHECK (length(name) BETWEEN 1 AND 50),
            dog text NOT NULL CONSTRAINT one_owner_per_dog UNIQUE)
        """;

    private const string Columns = "SELECT id, name, dog FROM trainingschool_owners";

    public static Task<int> InsertAsync(StoreTransaction<Guid> transaction, Owner owner, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "INSERT INTO trainingschool_owners (id, name, dog) VALUES (@id, @name, @dog)", cancellationToken, Parameters(owner));

    public static Task<int> UpdateAsync(StoreTransaction<Guid> transaction, Owner owner, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "UPDATE trainingschool_owners SET name = @name, dog = @dog WHERE id = @id", cancellationToken, Parameters(owner));

    public static Task<int> DeleteAsync(StoreTransaction<Guid> transaction, Guid id, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "DELETE FROM trainingschool_owners WHERE id = @id", cancellationToken, ("id", id.ToString()));

    public static async Task<Owner?> FindAsync(StoreTransaction<Guid> transaction, Guid id, CancellationToken cancellationToken) =>
        (await SelectAsync(transaction, $"{Columns} WHERE id = @id", cancellationToken, ("id", id.ToString()))).SingleOrDefault();

    /// <summary>In the order of their ids, which is the order of their creation: ids of version 7 begin with the time.</summary>
    public static Task<IReadOnlyList<Owner>> ListAsync(
        StoreTransaction<Guid> transaction, Guid after, string? dog, int limit, CancellationToken cancellationToken) => dog is null
            ? SelectAsync(transaction, $"{Columns} WHERE id > @after ORDER BY id LIMIT @limit", cancellationToken, ("after", after.ToString()), ("limit", limit))
            : SelectAsync(transaction, $"{Columns} WHERE id > @after AND dog = @dog", cancellationToken, ("after", after.ToString()), ("dog", dog));

    public static async Task<int> ExecuteAsync(
        StoreTransaction<Guid> transaction, string sql, CancellationToken cancellationToken, params (string Name, object Value)[] parameters)
    {
        await using var command = CreateCommand(transaction, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<IReadOnlyList<Owner>> SelectAsync(
        StoreTransaction<Guid> transaction, string sql, CancellationToken cancellationToken, params (string Name, object Value)[] parameters)
    {
        await using var command = CreateCommand(transaction, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var owners = new List<Owner>();
        while (await reader.ReadAsync(cancellationToken))
        {
            owners.Add(new Owner(Guid.Parse(reader.GetString(0)), reader.GetString(1), reader.GetString(2)));
        }

        return owners;
    }

    private static (string, object)[] Parameters(Owner owner) => [("id", owner.Id.ToString()), ("name", owner.Name), ("dog", owner.Dog)];

    public static DbCommand CreateCommand(StoreTransaction<Guid> transaction, string sql, params (string Name, object Value)[] parameters)
    {
        var command = transaction.Connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction.DbTransaction, sql);
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
