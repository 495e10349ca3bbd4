using System.Data.Common;
using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Ordering.Web;

/// <summary>
/// Creates our tables before the first request is answered. <c>EnsureCreated</c> would create none: it does nothing in a database that
/// has a table already, and the table of the events exists.
/// </summary>
internal sealed class ShopTables(Shop shop) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await HasTablesAsync(cancellationToken))
        {
            return;
        }

        try
        {
            await shop.Recorder.InTransactionAsync(async transaction =>
            {
                var context = await transaction.UseShopContextAsync(cancellationToken);
                await context.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(cancellationToken);
            }, cancellationToken: cancellationToken);
        }
        catch (DbException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another process may have created them at the same moment.
            if (!await HasTablesAsync(cancellationToken))
            {
                throw;
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> HasTablesAsync(CancellationToken cancellationToken)
    {
        try
        {
            await shop.QueryAsync(async context => await context.Customers.AnyAsync(cancellationToken) | await context.Orders.AnyAsync(cancellationToken), cancellationToken);
            return true;
        }
        catch (DbException)
        {
            return false; // or the database is unavailable, and creating the tables then reports it
        }
    }
}
