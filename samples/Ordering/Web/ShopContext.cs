using EventSourcing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Ordering.Web;

/// <summary>A customer: a row, because the data of a person must be erasable, and events stay.</summary>
public sealed class Customer
{
    public const int MaxOpenOrders = 10;

    public Guid Id { get; init; }

    public required string Name { get; set; }

    public int OpenOrders { get; set; }
}

/// <summary>An order in the list of orders, for queries that don't load all orders.</summary>
public sealed class OrderRow
{
    public Guid Id { get; init; }

    public Guid Customer { get; init; }

    public decimal Total { get; init; }

    public OrderStatus Status { get; set; }
}

/// <summary>Our own tables, beside the table of the events and in the same transactions.</summary>
public sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<OrderRow> Orders => Set<OrderRow>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Customer>(customer =>
        {
            customer.ToTable("shop_customers");
            customer.Property(c => c.Name).HasMaxLength(100);
        });
        model.Entity<OrderRow>(order =>
        {
            order.ToTable("shop_orders");
            order.Property(o => o.Status).HasConversion<string>().HasMaxLength(20);
            order.HasIndex(o => new { o.Customer, o.Status });
        });
    }
}

internal static class ShopContextExtensions
{
    /// <summary>The context on the connection of a transaction. What it changes is committed with the events, or not at all.</summary>
    public static ValueTask<ShopContext> UseShopContextAsync(this StoreTransaction<Guid> transaction, CancellationToken cancellationToken) =>
        transaction.UseDbContextAsync<Guid, ShopContext>(
            (options, connection) => _ = connection is SqliteConnection ? options.UseSqlite(connection) : options.UseNpgsql(connection), cancellationToken);

    /// <summary>The context of this request. Called before anything is loaded, it lets only one writer at a time into a SQLite file.</summary>
    public static async ValueTask<ShopContext> UseShopContextAsync(this StoreSession<Guid> session, CancellationToken cancellationToken) =>
        await (await session.GetTransactionAsync(cancellationToken)).UseShopContextAsync(cancellationToken);

    /// <summary>Queries the tables, in a transaction that only reads: no writer waits for it.</summary>
    public static async Task<TResult> QueryAsync<TResult>(this Shop shop, Func<ShopContext, Task<TResult>> query, CancellationToken cancellationToken)
    {
        await using var transaction = await shop.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: cancellationToken);
        return await query(await transaction.UseShopContextAsync(cancellationToken));
    }
}
