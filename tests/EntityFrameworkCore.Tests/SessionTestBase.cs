using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;

namespace EntityFrameworkCore.Tests;

/// <summary>Contexts with sessions.</summary>
public abstract class SessionTestBase : EngineTestBase
{
    protected SchoolContext CreateContext(Faults? faults = null, bool isRepeating = false)
    {
        var options = new DbContextOptionsBuilder<SchoolContext>();
        Engine.Use(options, isRepeating ? dependencies => new RepeatingStrategy(dependencies) : null);
        options.UseEventSourcing();
        if (faults is not null)
        {
            options.AddInterceptors(faults);
        }

        return new SchoolContext(options.Options);
    }

    private sealed class RepeatingStrategy(ExecutionStrategyDependencies dependencies) : ExecutionStrategy(dependencies, 3, TimeSpan.FromMilliseconds(1))
    {
        protected override bool ShouldRetryOn(Exception exception) => exception is FaultException;
    }
}

public sealed class FaultException() : Exception("The connection was lost, as the test wants it.");

/// <summary>The point at which something fails, once.</summary>
public enum Fault
{
    Saving,
    Command,
    BeforeCommit,
    Commit,
}

/// <summary>Fails once, and counts failures and transactions.</summary>
public sealed class Faults : DbTransactionInterceptor, IDbCommandInterceptor, ISaveChangesInterceptor
{
    public Fault? Next { get; set; }

    public int Count { get; private set; }

    public int Transactions { get; private set; }

    public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
    {
        Transactions++;
        return result;
    }

    public override ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default) =>
        new(TransactionStarted(connection, eventData, result));

    public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
    {
        // The commit itself fails: the writes are lost.
        if (Next == Fault.Commit)
        {
            transaction.Rollback();
        }

        Fail(Fault.Commit);
        Fail(Fault.BeforeCommit);
        return result;
    }

    public override ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default) =>
        new(TransactionCommitting(transaction, eventData, result));

    public ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Fail(Fault.Saving);
        return new(result);
    }

    public InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Fail(Fault.Command);
        return result;
    }

    public ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) =>
        new(ReaderExecuting(command, eventData, result));

    private void Fail(Fault fault)
    {
        if (Next != fault)
        {
            return;
        }

        Next = null;
        Count++;
        throw new FaultException();
    }
}
