using EventSourcing;

namespace Recorders.Contract;

/// <summary>Events that were flushed into a transaction, and undone in it by its user, are never reported as committed.</summary>
internal static class FlushCases
{
    // Ways to set a savepoint and to undo everything after it, as SQL; null for the methods of ADO.NET.
    private static readonly (string? Set, string? Undo)[] Ways =
    [
        (null, null), ("SAVEPOINT sp", "ROLLBACK TO sp"), ("SAVEPOINT sp", "ROLLBACK TO sp; SELECT 1"), ("SAVEPOINT sp", "/* c */ ROLLBACK TO sp"),
        ("SAVEPOINT sp", "SELECT 1; ROLLBACK TO SAVEPOINT sp; RELEASE SAVEPOINT sp"), ("/* c */ SAVEPOINT sp", "-- c\nROLLBACK TO sp"),
        ("SELECT 1", "ROLLBACK; BEGIN"),
    ];

    public static IEnumerable<ContractCase> All =>
    [
        .. Ways.Select(way => WithConnection($"Flush: events that '{way.Undo ?? "RollbackAsync"}' undoes are not committed", async school =>
        {
            var (kept, undone, held) = (new Dog("Fido"), new Dog("Rex"), new Dog("Buster"));
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.SaveAsync(kept);
                await transaction.FlushAsync();
                await RunAsync(transaction, way.Set, () => transaction.DbTransaction.SaveAsync("sp"));
                await school.SaveAsync(undone);
                await transaction.FlushAsync();
                await RunAsync(transaction, way.Undo, () => transaction.DbTransaction.RollbackAsync("sp"));
                await Check.ThrowsAsync<TransactionException>(async () =>
                {
                    await school.SaveAsync(held);
                    await transaction.CommitAsync();
                });
                await Check.ThrowsAsync<TransactionException>(() => transaction.CommitAsync().AsTask());
            }

            Check.Equal(0, await school.CountAsync());

            // They are pending again.
            await school.SaveAsync([kept, undone, held]);
            Check.Equal(3, await school.CountAsync());
        })),
        WithConnection("Flush: events before and after a savepoint without a rollback are committed", async school =>
        {
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.SaveAsync(new Dog("Fido"));
                await transaction.FlushAsync();
                await transaction.DbTransaction.SaveAsync("sp");
                await transaction.DbTransaction.RollbackAsync("sp");
                await school.SaveAsync([new Dog("Rex"), new Dog("Buster")]);
                await transaction.FlushAsync();
                await transaction.DbTransaction.ReleaseAsync("sp");
                await school.AddTrickAsync("Rex", "sit");
                Check.Sequence([1L, 2L, 3L, 4L], (await transaction.CommitAsync()).Select(r => r.Position!.Value));
            }

            Check.Equal(3, await school.CountAsync());
        }),
    ];

    private static async Task RunAsync(StoreTransaction<Guid> transaction, string? text, Func<Task> otherwise)
    {
        if (text is null)
        {
            await otherwise();
            return;
        }

        await using var command = transaction.Connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction.DbTransaction;
        await command.ExecuteNonQueryAsync();
    }

    // memory: has no connection for savepoints.
    private static ContractCase WithConnection(string name, Func<School, Task> run) =>
        ContractCase.WithSchool(name, (school, fixture) => fixture.Url.StartsWith("memory:", StringComparison.Ordinal) ? Task.CompletedTask : run(school)) with { NeedsConnection = true };
}
