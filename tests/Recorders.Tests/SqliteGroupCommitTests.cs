using EventSourcing;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>How saves that are written together wait for another process, each for as long as it may.</summary>
public sealed class SqliteGroupCommitTests : SqliteTestBase
{
    private readonly WriterConnection _connection;
    private readonly GroupCommit _commit;
    private readonly SqliteConnection _other;

    public SqliteGroupCommitTests()
    {
        _connection = new WriterConnection(new StoreFile(CanonicalPath.Of(Path)), SqliteAddress.Parse(Url, new EventStoreOptions()));
        _connection.Get().TryRun("CREATE TABLE own (id INTEGER)");
        _commit = new GroupCommit(_connection, new AppendHints(null, null));
        _other = Connect();
    }

    public override void Dispose()
    {
        _other.Dispose();
        _connection.Close();
        base.Dispose();
    }

    [Fact]
    public void Each_waits_with_pauses_for_its_own_time()
    {
        Query(_other, "BEGIN IMMEDIATE");
        Save hasty = new(100), patient = new(400);
        var (taken, began) = (0, Environment.TickCount64);
        _commit.Write([hasty, patient], () => taken++);
        Assert.All([hasty, patient], save => Assert.IsType<TransientStoreException>(save.Failure));
        Assert.InRange(hasty.Ended - began, 95, 350);
        Assert.InRange(patient.Ended - began, 395, 5000);
        Assert.InRange(patient.Looks, 5, 40);
        Assert.Equal(taken, patient.Looks);
        Assert.Equal(0, _commit.Commits);
        Assert.False(_connection.Get().IsInTransaction);
    }

    [Fact]
    public void Time_waited_before_meeting_the_other_process_does_not_count()
    {
        for (var i = 1; i <= 2; i++)
        {
            Query(_other, "BEGIN IMMEDIATE");
            var late = new Save(150);
            Thread.Sleep(200);
            var began = Environment.TickCount64;
            _commit.Write([late]);
            Assert.IsType<TransientStoreException>(late.Failure);
            Assert.InRange(late.Ended - began, 145, 5000);
            Query(_other, "ROLLBACK");

            // Later saves don't wait.
            var next = new Save(0);
            _commit.Write([next]);
            Assert.Null(next.Failure);
            Assert.Equal(i, _commit.Commits);
        }
    }

    [Fact]
    public async Task A_cancelled_save_is_left_out_and_the_others_are_written()
    {
        Query(_other, "BEGIN IMMEDIATE");
        Save given = new(60_000) { IsGivenUp = true }, patient = new(60_000);
        List<SaveWork> saves = [given, patient];
        var writing = Task.Run(() => _commit.Write(saves), Token);
        Assert.True(SpinWait.SpinUntil(() => patient.Looks > 3, TimeSpan.FromSeconds(30)));
        Query(_other, "ROLLBACK");
        await writing;
        Assert.Equal((1, false, 0L), (given.Looks, given.IsEnded, given.Ended));
        Assert.True(patient.IsEnded);
        Assert.Null(patient.Failure);
        Assert.Equal(1L, Query("SELECT count(*) FROM own"));
    }

    [Fact]
    public void TryWriteAtOnce_does_not_wait_and_leaves_a_save_that_would_wait_untouched()
    {
        Query(_other, "BEGIN IMMEDIATE");
        var save = new Save(60_000);
        Assert.False(_commit.TryWriteAtOnce(save));
        Assert.Equal((0, 0, false), (save.Looks, save.Takes, save.IsEnded));
        Query(_other, "ROLLBACK");
        Assert.True(_commit.TryWriteAtOnce(save));
        Assert.Equal((0, 1, true, 1L), (save.Looks, save.Takes, save.IsEnded, _commit.Commits));

        // A cancelled save is left alone.
        var cancelled = new Save(60_000) { WasCancelled = true };
        Assert.True(_commit.TryWriteAtOnce(cancelled));
        Assert.Equal((1, false, 1L), (cancelled.Takes, cancelled.IsEnded, _commit.Commits));
        Assert.False(_connection.Get().IsInTransaction);
        Assert.True(_commit.TryWriteAtOnce(new Save(0)));
        Assert.Equal(2L, Query("SELECT count(*) FROM own"));
    }

    // null means unknown, for a save or for all.
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(false, false, false)]
    [InlineData(true, false, null)]
    [InlineData(null, null, null)]
    public void The_outcome_that_is_found_for_a_lost_commit_is_made_permanent(bool? first, bool? second, bool? isStored)
    {
        var session = Reopened();
        var version = Query(_other, "PRAGMA data_version");
        Assert.Equal(isStored, LostCommit.Resolve(session, [new Save(0) { IsFound = first }, new Save(0) { IsFound = second }]));
        Assert.Equal(("2", false), (session.Pragma("synchronous"), session.IsInTransaction));

        // Another commit is made only if the lost one wasn't found. It doesn't change the user version.
        Assert.Equal(isStored is false, !Equals(version, Query(_other, "PRAGMA data_version")));
        Assert.Equal("7", session.Pragma("user_version"));
        session.Close();
    }

    [Fact]
    public void An_outcome_that_cannot_be_made_permanent_is_unknown()
    {
        var session = Reopened();
        session.CommitFault = _ => SQLitePCL.raw.SQLITE_IOERR;
        Assert.Null(LostCommit.Resolve(session, [new Save(0) { IsFound = false }]));
        session.Rollback();
        Query(_other, "BEGIN; SELECT count(*) FROM own");
        _connection.Get().TryRun("INSERT INTO own VALUES (1)");
        Assert.Null(LostCommit.Resolve(session, [new Save(0) { IsFound = true }]));
        Query(_other, "COMMIT");
        Assert.True(LostCommit.Resolve(session, [new Save(0) { IsFound = true }]));
        session.Close();
    }

    private StoreConnection Reopened()
    {
        Query(_other, "PRAGMA user_version = 7");
        var session = StoreConnection.OpenForTransaction(new StoreFile(CanonicalPath.Of(Path)), isFullySynchronous: false, creator: null);
        Assert.Equal("1", session.Pragma("synchronous"));
        return session;
    }

    /// <summary>Writes one row.</summary>
    private sealed class Save(int busyTimeout) : SaveWork
    {
        private int _looks;

        public bool IsGivenUp { get; init; }

        public bool WasCancelled { get; init; }

        public bool? IsFound { get; init; }

        public int Looks => Volatile.Read(ref _looks);

        public int Takes { get; private set; }

        public long Ended { get; private set; }

        public Exception? Failure { get; private set; }

        public override int LockTimeout => busyTimeout;

        public override bool NeedsSavepoint => false;

        public override long Bytes => 0;

        public override Guid AppendId => default;

        public override bool TryTake()
        {
            Takes++;
            return !WasCancelled;
        }

        public override bool TryCancel()
        {
            Interlocked.Increment(ref _looks);
            return IsGivenUp;
        }

        public override int Write(StoreConnection session)
        {
            Assert.Equal(SQLitePCL.raw.SQLITE_OK, session.TryRun("INSERT INTO own VALUES (1)"));
            return -1;
        }

        public override ConcurrencyException Describe(StoreConnection session, int conflicting) => throw new NotSupportedException();

        public override bool? IsStored(StoreConnection session) => IsFound;

        public override bool IsFirstStored(StoreConnection session) => true;

        public override void Succeed()
        {
            Succeed([]);
            Ended = Environment.TickCount64;
        }

        public override void Fail(Exception exception)
        {
            base.Fail(exception);
            (Failure, Ended) = (exception, Environment.TickCount64);
        }
    }
}
