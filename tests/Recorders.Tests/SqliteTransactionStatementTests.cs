using System.Data.Common;
using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>After a failed statement a transaction is not committed, although SQLite would.</summary>
public sealed class SqliteTransactionStatementTests : SqliteTransactionTestBase
{
    private const string Bad = "INSERT INTO own VALUES (NULL)";

    // The second row can't be computed.
    private const string BadLater = "SELECT abs(column1) FROM (VALUES (1), (-9223372036854775807 - 1))";

    public static TheoryData<string> Ways =>
    [
        "ExecuteNonQuery", "ExecuteNonQueryAsync", "ExecuteScalar", "ExecuteReader", "ExecuteReaderAsync", "Prepare", "syntax", "batch", "late batch",
        "late row", "swallowed", "own command", "too few parameters",
    ];

    [Theory, MemberData(nameof(Ways))]
    public async Task Failed_statement_keeps_it_from_being_committed(string way)
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO own VALUES (1)");
            await FailAsync(session, way);
            Assert.False(session.IsUsable);
            await Assert.ThrowsAsync<TransactionException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));

            // A later success doesn't repair it.
            Run(session, "INSERT INTO own VALUES (2)");
            Assert.False(session.IsUsable);
            var refused = await Assert.ThrowsAsync<TransactionException>(async () => await session.CommitAsync(Events(Guid.NewGuid()), Token));
            Assert.NotNull(refused.InnerException);
        }

        Assert.Equal(0L, Query("SELECT count(*) FROM own"));
        Assert.Null(await recorder.GetMaxPositionAsync(Token));
    }

    [Theory]
    [InlineData("SAVEPOINT a", "ROLLBACK TO a")]
    [InlineData("savepoint \"a b\" ;", " rollback transaction to savepoint \"A B\"; ")]
    [InlineData("SAVEPOINT a", "ROLLBACK TO SAVEPOINT a; ")]
    [InlineData(null, null)]
    public async Task After_a_rollback_to_a_savepoint_from_before_the_failure_it_goes_on(string? savepoint, string? back)
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO own VALUES (1)");
            if (savepoint is null)
            {
                await session.DbTransaction.SaveAsync("__EFSavePoint", Token);
            }
            else
            {
                Run(session, savepoint);
            }

            Run(session, "INSERT INTO own VALUES (2)");
            Assert.Throws<SqliteException>(() => Run(session, Bad));
            Assert.False(session.IsUsable);
            if (back is null)
            {
                await session.DbTransaction.RollbackAsync("__EFSavePoint", Token);
            }
            else
            {
                Run(session, back);
            }

            Assert.True(session.IsUsable);

            // The savepoint is still there.
            Assert.Throws<SqliteException>(() => Run(session, Bad));
            Assert.False(session.IsUsable);
            if (back is null)
            {
                await session.DbTransaction.RollbackAsync("__EFSavePoint", Token);
            }
            else
            {
                Run(session, back);
            }

            await session.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        Assert.Equal(1L, Query("SELECT group_concat(id) = '1' FROM own"));
    }

    [Theory]
    [InlineData("INSERT bad", "SAVEPOINT a", "ROLLBACK TO a")]
    [InlineData("SAVEPOINT a", "INSERT bad", "SAVEPOINT b", "ROLLBACK TO b")]
    [InlineData("SAVEPOINT a", "SAVEPOINT b", "INSERT bad", "RELEASE b", "SAVEPOINT a", "ROLLBACK TO a")]
    [InlineData("SAVEPOINT a", "RELEASE a", "INSERT bad", "ROLLBACK TO a bad")]
    [InlineData("SAVEPOINT a", "INSERT bad", "SELECT 1; SAVEPOINT a", "ROLLBACK TO a")]
    public async Task Other_savepoints_do_not_repair_it(params string[] statements)
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using var session = await BeginAsync(recorder);
        foreach (var statement in statements)
        {
            if (statement == "INSERT bad")
            {
                Assert.Throws<SqliteException>(() => Run(session, Bad));
            }
            else if (statement.EndsWith(" bad", StringComparison.Ordinal))
            {
                Assert.Throws<SqliteException>(() => Run(session, statement[..^4]));
            }
            else
            {
                Run(session, statement);
            }
        }

        Assert.False(session.IsUsable);
        await Assert.ThrowsAsync<TransactionException>(async () => await session.CommitAsync([], Token));
    }

    [Fact]
    public async Task Events_that_were_undone_by_a_savepoint_can_not_be_committed()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            Run(session, "SAVEPOINT a");
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            Assert.True(session.IsUsable);
            Run(session, "ROLLBACK TO a");
            Assert.False(session.IsUsable);
        }

        Assert.Null(await recorder.GetMaxPositionAsync(Token));
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData("COMMIT; BEGIN IMMEDIATE")]
    [InlineData(null)]
    public async Task A_transaction_that_the_user_ends_is_over(string? statement)
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        await using (var session = await BeginAsync(recorder))
        {
            if (statement is null)
            {
                await session.DbTransaction.CommitAsync(Token);
            }
            else
            {
                Run(session, statement);
            }

            Assert.False(session.IsUsable);
            await Assert.ThrowsAsync<TransactionException>(async () => await session.CommitAsync(Events(Guid.NewGuid()), Token));
            await Assert.ThrowsAsync<TransactionException>(async () => await session.GetMaxPositionAsync(Token));
        }

        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task A_transaction_whose_connection_the_user_closes_is_rolled_back_at_its_end()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO own VALUES (1)");
            await session.Connection.CloseAsync();
            await session.Connection.DisposeAsync();
            Assert.False(session.IsUsable);
        }

        Assert.Equal(0L, Query("SELECT count(*) FROM own"));
        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task A_transaction_that_SQLite_rolls_back_is_over()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "PRAGMA max_page_count=20");
            Run(session, "SAVEPOINT a");
            await Assert.ThrowsAsync<StorageFullException>(async () => await session.WriteAsync([new(Guid.NewGuid(), 1, "Big", new byte[500_000])], true, Token));

            // SQLite undid either only the writing or everything.
            if (session.IsUsable)
            {
                await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            }
            else
            {
                await Assert.ThrowsAsync<TransactionException>(async () => await session.CommitAsync([], Token));
            }
        }

        Assert.Null(await recorder.GetMaxPositionAsync(Token));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    private async Task FailAsync(RecorderTransaction<Guid> session, string way)
    {
        var text = way switch
        {
            "syntax" => "INSERT INTO nowhere VALUES (1)",
            "batch" => $"INSERT INTO own VALUES (3); {Bad}",
            "late batch" or "swallowed" => $"SELECT 1; {Bad}",
            "late row" => BadLater,
            "too few parameters" => "INSERT INTO own VALUES (3); INSERT INTO own VALUES ($missing)",
            "Prepare" => "INSERT INTO nowhere VALUES (1)",
            _ => Bad,
        };
        using var command = way == "own command"
            ? new SqliteCommand(text, (SqliteConnection)session.Connection, (SqliteTransaction)session.DbTransaction)
            : Command(session.Connection, session.DbTransaction, text);
        switch (way)
        {
            case "ExecuteNonQueryAsync":
                await Assert.ThrowsAsync<SqliteException>(() => command.ExecuteNonQueryAsync(Token));
                break;
            case "ExecuteScalar":
                Assert.Throws<SqliteException>(command.ExecuteScalar);
                break;
            case "ExecuteReader":
                Assert.Throws<SqliteException>(command.ExecuteReader);
                break;
            case "ExecuteReaderAsync":
                await Assert.ThrowsAsync<SqliteException>(() => command.ExecuteReaderAsync(Token));
                break;
            case "Prepare":
                Assert.Throws<SqliteException>(command.Prepare);
                break;
            case "late batch":
                using (var reader = command.ExecuteReader())
                {
                    Assert.Throws<SqliteException>(() => reader.NextResult());
                }

                break;
            case "late row":
                using (var reader = command.ExecuteReader())
                {
                    Assert.True(reader.Read());
                    Assert.Throws<SqliteException>(() => reader.Read());
                }

                break;
            case "swallowed":
                // The driver runs the rest of the batch when the reader is closed, and doesn't report its failure.
                command.ExecuteScalar();
                break;
            case "too few parameters":
                Assert.Throws<InvalidOperationException>(() => command.ExecuteNonQuery());
                break;
            default:
                Assert.Throws<SqliteException>(() => command.ExecuteNonQuery());
                break;
        }
    }
}
