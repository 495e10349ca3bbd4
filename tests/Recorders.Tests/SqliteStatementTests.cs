using EventSourcing;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Recorders.Tests;

/// <summary>Statements: their values, their failures, and which failures of a user's statements count.</summary>
public sealed class SqliteStatementTests : SqliteTestBase
{
    [Theory]
    [InlineData(raw.SQLITE_BUSY, 0, typeof(TransientStoreException), false, false)]
    [InlineData(raw.SQLITE_LOCKED, 0, typeof(TransientStoreException), false, false)]
    [InlineData(raw.SQLITE_FULL, 0, typeof(StorageFullException), false, false)]
    [InlineData(raw.SQLITE_IOERR, 4874, typeof(StorageFullException), true, true)]
    [InlineData(raw.SQLITE_IOERR, 1034, typeof(StoreException), true, true)]
    [InlineData(raw.SQLITE_CANTOPEN, 0, typeof(StoreConfigurationException), true, true)]
    [InlineData(raw.SQLITE_READONLY, 0, typeof(StoreConfigurationException), false, false)]
    [InlineData(raw.SQLITE_PERM, 0, typeof(StoreConfigurationException), true, false)]
    [InlineData(raw.SQLITE_AUTH, 0, typeof(StoreConfigurationException), true, false)]
    [InlineData(raw.SQLITE_NOTADB, 0, typeof(StoreConfigurationException), true, true)]
    [InlineData(raw.SQLITE_CORRUPT, 0, typeof(StoreException), true, true)]
    [InlineData(raw.SQLITE_TOOBIG, 0, typeof(StoreException), true, false)]
    [InlineData(raw.SQLITE_CONSTRAINT, 2067, typeof(StoreException), false, false)]
    [InlineData(raw.SQLITE_NOMEM, 0, typeof(StoreException), true, false)]
    [InlineData(raw.SQLITE_ERROR, 0, typeof(StoreException), true, false)]
    public void Each_result_has_its_exception(int code, int extended, Type type, bool isInDoubt, bool isLost)
    {
        var failure = SqliteErrors.ToException(new SqliteException("", code, extended == 0 ? code : extended));
        Assert.Equal(type, failure.GetType());
        Assert.IsType<SqliteException>(failure.InnerException);
        Assert.Equal((isInDoubt, isLost), (SqliteErrors.IsInDoubt(extended == 0 ? code : extended), SqliteErrors.IsConnectionLost(failure)));
        Assert.True(SqliteErrors.IsConnectionLost(new StoreFileReplacedException("gone")));
        Assert.False(SqliteErrors.IsConnectionLost(new StoreException("other")));
        Assert.Equal(extended == 2067, SqliteErrors.IsUniqueViolation(extended));
        Assert.True(SqliteErrors.IsUniqueViolation(1555));
        Assert.Equal(code == raw.SQLITE_ERROR, SqliteErrors.ToException(new SqliteException("", code, extended), "dogs").Message.Contains("table dogs", StringComparison.Ordinal));
        string[] words = code switch
        {
            raw.SQLITE_CORRUPT => ["damaged"],
            raw.SQLITE_TOOBIG => ["larger"],
            raw.SQLITE_CONSTRAINT => ["constraint"],
            raw.SQLITE_IOERR when extended == 1034 => ["file system"],
            raw.SQLITE_CANTOPEN => ["can't be opened"],
            raw.SQLITE_NOTADB => ["isn't a SQLite database"],
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => ["read-only"],
            raw.SQLITE_NOMEM => ["result 7"],
            _ => [],
        };
        Assert.All(words, word => Assert.Contains(word, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_message_of_the_connection_is_used_if_it_is_about_the_same_failure()
    {
        using var connection = Connect();
        Query(connection, "CREATE TABLE a (x UNIQUE)");
        Query(connection, "INSERT INTO a VALUES (1)");
        Assert.Throws<SqliteException>(() => Query(connection, "INSERT INTO a VALUES (1)"));
        Assert.Equal(2067, Inner(SqliteErrors.ToException(raw.SQLITE_CONSTRAINT, connection.Handle!)).SqliteExtendedErrorCode);
        Assert.Equal(1034, Inner(SqliteErrors.ToException(1034, connection.Handle!)).SqliteExtendedErrorCode);
        Assert.Equal(raw.SQLITE_IOERR, Inner(SqliteErrors.ToException(1034, connection.Handle!)).SqliteErrorCode);
        SqliteErrors.Check(raw.SQLITE_OK, connection.Handle!);
        Assert.Throws<StorageFullException>(() => SqliteErrors.Check(raw.SQLITE_FULL, connection.Handle!));

        static SqliteException Inner(StoreException failure) => (SqliteException)failure.InnerException!;
    }

    // The statements ("!" fails, "+" writes events), and whether the transaction may be committed afterwards.
    [Theory]
    [InlineData("SELECT 1", true)]
    [InlineData("!", false)]
    [InlineData("SAVEPOINT a | ! | ROLLBACK TO a", true)]
    [InlineData("savepoint a ; | ! | rollback to savepoint a;", true)]
    [InlineData("  SAVEPOINT \"a b\"; | ! | ROLLBACK TRANSACTION TO \"A B\"", true)]
    [InlineData("SAVEPOINT\ta | ! | ROLLBACK\nTO\tSAVEPOINT a ", true)]
    [InlineData("SAVEPOINT\"a\" | ! | ROLLBACK TO\"a\"", true)]
    [InlineData("SAVEPOINT a_1 | ! | ROLLBACK TO a_1", true)]
    [InlineData("SAVEPOINT a | ! | ROLLBACK TO b", false)]
    [InlineData("SAVEPOINT a | ! | SELECT 'rollback to a'", false)]
    [InlineData("SAVEPOINT a | ! | ROLLBACK", false)]
    [InlineData("SAVEPOINT a | ! | ROLLBACK a", false)]
    [InlineData("SAVEPOINT a | ! | ROLLBACK TRANSACTION a", false)]
    [InlineData("SAVEPOINT a | ! | ROLLBACK TOO a", false)]
    [InlineData("SAVEPOINT a | ! | ROLLBACKTO a", false)]
    [InlineData("! | SAVEPOINT a | ROLLBACK TO a", false)]
    [InlineData("SAVEPOINT a | ! | SAVEPOINT b | ROLLBACK TO b", false)]
    [InlineData("SAVEPOINT a | ! | SAVEPOINT b | ROLLBACK TO b | ROLLBACK TO a", true)]
    [InlineData("SAVEPOINT a | SAVEPOINT b | ! | ROLLBACK TO a", true)]
    [InlineData("SAVEPOINT a | SAVEPOINT b | ! | ROLLBACK TO a | ! | ROLLBACK TO b", false)]
    [InlineData("SAVEPOINT a | SAVEPOINT b | ! | ROLLBACK TO a | ! | ROLLBACK TO a", true)]
    [InlineData("SAVEPOINT a | RELEASE a | ! | ROLLBACK TO a", false)]
    [InlineData("SAVEPOINT a | RELEASE SAVEPOINT a | ! | ROLLBACK TO a", false)]
    [InlineData("SAVEPOINT a | SAVEPOINT b | RELEASE a | ! | ROLLBACK TO b", false)]
    [InlineData("SAVEPOINT a | SAVEPOINT b | RELEASE b | ! | ROLLBACK TO a", true)]
    [InlineData("SAVEPOINT a | RELEASE b | ! | ROLLBACK TO a", true)]
    [InlineData("SAVEPOINT a | SAVEPOINT a | ! | ROLLBACK TO a | RELEASE a | ! | ROLLBACK TO a", true)]
    [InlineData("SAVEPOINT a | ! | SAVEPOINT a | ROLLBACK TO a", false)]
    [InlineData("SAVEPOINT a; SELECT 1 | ! | ROLLBACK TO a", false)]
    [InlineData("SAVEPOINT a | SAVEPOINT b; SELECT 1 | ! | ROLLBACK TO a", false)]
    [InlineData("SAVEPOINT \"a\"\"b\" | ! | ROLLBACK TO \"a\"\"b\"", false)]
    [InlineData("SAVEPOINT \"\" | ! | ROLLBACK TO \"\"", false)]
    [InlineData("SAVEPOINT a | + | ROLLBACK TO a", false)]
    [InlineData("+ | SAVEPOINT a | ! | ROLLBACK TO a", true)]
    [InlineData("SAVEPOINT a | + | ! | ROLLBACK TO a", false)]
    [InlineData("SAVEPOINT a | ! | RELEASE a", false)]
    public void Rolling_back_to_a_savepoint_undoes_a_failure_after_it(string statements, bool isWell)
    {
        using var connection = Connect();
        var log = new StatementLog(connection.Handle!);
        foreach (var statement in statements.Split(" | "))
        {
            if (statement == "!")
            {
                log.Fail(new FormatException());
            }
            else if (statement == "+")
            {
                log.NoteWrite();
            }
            else
            {
                log.Succeed(statement);
            }
        }

        Assert.Equal(isWell, log.Failure is null);
        log.End();
    }

    [Fact]
    public void A_command_that_the_driver_refuses_counts_if_a_part_of_it_was_run()
    {
        using var connection = Connect();
        Query(connection, "CREATE TABLE a (x)");
        var log = new StatementLog(connection.Handle!);
        log.Fail(new FormatException(), log.Begin());
        Assert.Null(log.Failure);
        Query(connection, "BEGIN");
        var before = log.Begin();
        Query(connection, "INSERT INTO a VALUES (1)");
        var first = new FormatException();
        log.Fail(first, before);
        log.Fail(new FormatException());
        Assert.Same(first, log.Failure);
        Query(connection, "ROLLBACK");

        // A statement that SQLite refuses always counts, and a failure that only SQLite reports is found.
        log = new StatementLog(connection.Handle!);
        log.Fail(new SqliteException("", 1), log.Begin());
        Assert.IsType<SqliteException>(log.Failure);
        log = new StatementLog(connection.Handle!);
        Assert.Null(log.Failure);
        Assert.NotEqual(raw.SQLITE_OK, raw.sqlite3_exec(connection.Handle!, "INSERT INTO none VALUES (1)"));
        Assert.IsType<StoreException>(log.Failure);

        // A commit of the user's own.
        log = new StatementLog(connection.Handle!);
        Query(connection, "INSERT INTO a VALUES (2)");
        Assert.IsType<TransactionException>(log.Failure);
        log = new StatementLog(connection.Handle!);
        log.BeginCommit();
        Query(connection, "INSERT INTO a VALUES (3)");
        Assert.Null(log.Failure);
        log.EndCommit();
        Query(connection, "INSERT INTO a VALUES (4)");
        Assert.NotNull(log.Failure);
        log = new StatementLog(connection.Handle!);
        log.End();
        Query(connection, "INSERT INTO a VALUES (5)");
        Assert.Null(log.Failure);
        log.Refusal = new TransactionException("late");
        Assert.Same(log.Refusal, Assert.Throws<TransactionException>(() => log.Begin()));
    }

    [Fact]
    public void Values_are_bound_and_read_as_they_are()
    {
        using var connection = Connect();
        var statement = new SqliteStatement(connection.Handle!, "SELECT ?1, typeof(?1), length(CAST(?1 AS BLOB)), hex(?1)");
        foreach (var text in new[] { "", "a", new string('ß', 85), new string('ß', 86), new string('€', 85), new string('€', 86), new string('€', 5000) })
        {
            statement.BindText(1, text);
            Assert.Equal((text, "text", (long)System.Text.Encoding.UTF8.GetByteCount(text)), Read(() => (statement.ReadText(0), statement.ReadText(1), statement.ReadInt64(2))));
        }

        var id = Guid.NewGuid();
        statement.BindGuid(1, id);
        Assert.Equal((id, "blob", 16L, id.ToString("N").ToUpperInvariant()), Read(() => (statement.ReadGuid(0), statement.ReadText(1), statement.ReadInt64(2), statement.ReadText(3))));
        statement.BindBlob(1, []);
        Assert.Equal(("blob", 0L, 0, false), Read(() => (statement.ReadText(1), statement.ReadInt64(2), statement.ReadBlob(0).Length, statement.IsNull(0))));
        statement.BindBlob(1, [255, 1]);
        Assert.Equal(("blob", "FF01"), Read(() => (statement.ReadText(1), statement.ReadText(3))));
        Assert.Throws<StoreException>(() => Read(() => statement.ReadText(0)));
        statement.Reset();
        Assert.Throws<StoreException>(() => Read(() => statement.ReadGuid(0)));
        statement.Reset();
        statement.BindNull(1);
        Assert.Equal(("null", true), Read(() => (statement.ReadText(1), statement.IsNull(0))));
        statement.BindInt64(1, long.MinValue);
        Assert.Equal(("integer", long.MinValue), Read(() => (statement.ReadText(1), statement.ReadInt64(0))));
        Assert.ThrowsAny<ArgumentException>(() => statement.BindText(1, "\uD83D"));
        Assert.Throws<ArgumentNullException>(() => statement.BindText(1, null!));
        Assert.Throws<StoreException>(() => statement.BindInt64(2, 1));
        statement.Close();

        // A failed statement is reset, and can be run again.
        Query(connection, "CREATE TABLE a (x UNIQUE)");
        var insert = new SqliteStatement(connection.Handle!, "INSERT INTO a VALUES (1)", "a");
        insert.Run();
        Assert.Equal(2067, insert.TryRun());
        Assert.Throws<StoreException>(() => insert.Run());
        Assert.Throws<StoreException>(() => insert.Step());
        Query(connection, "DELETE FROM a");
        Assert.Equal(raw.SQLITE_OK, insert.TryRun());
        insert.Close();
        Assert.Contains("table dogs", Assert.Throws<StoreException>(() => new SqliteStatement(connection.Handle!, "SELECT none", "dogs")).Message, StringComparison.Ordinal);

        T Read<T>(Func<T> read)
        {
            Assert.True(statement.Step());
            var value = read();
            Assert.False(statement.Step());
            statement.Reset();
            return value;
        }
    }
}
