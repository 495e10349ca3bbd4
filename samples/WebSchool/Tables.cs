using System.Data.Common;

namespace School;

/// <summary>Creates our own tables before the first request is answered, and before the projections start.</summary>
internal sealed class TablesSetup(TrainingSchool school) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CreateAsync(cancellationToken);
        }
        catch (DbException) when (!cancellationToken.IsCancellationRequested)
        {
            // On PostgreSQL, IF NOT EXISTS fails if another process creates a table at the same moment. Then the tables exist now.
            await CreateAsync(cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private ValueTask<int> CreateAsync(CancellationToken cancellationToken) => school.Recorder.InTransactionAsync(
        async transaction =>
        {
            await Owners.ExecuteAsync(transaction, Owners.CreateTable, cancellationToken);
            return await Owners.ExecuteAsync(transaction, Search.CreateTable, cancellationToken);
        },
        cancellationToken: cancellationToken);
}
