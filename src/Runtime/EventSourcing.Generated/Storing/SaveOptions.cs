using System.Data.Common;

namespace EventSourcing;

/// <summary>
/// Options of one save. Metadata and transactions convert to it, so <c>SaveAsync(dog, transaction)</c> is
/// <c>SaveAsync(dog, new SaveOptions&lt;Guid&gt; { Transaction = transaction })</c>.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public readonly struct SaveOptions<TKey>
    where TKey : notnull
{
    /// <summary>Stored beside each event, in addition to <see cref="EventMetadata.Current"/>; null for none.</summary>
    public EventMetadata? Metadata { get; init; }

    /// <summary>
    /// The store transaction that contains the save, begun by the recorder of the application; it need not be that of the calling flow. The
    /// positions of the events are null until it is committed. Null for the transaction of the flow, if there is one.
    /// </summary>
    public StoreTransaction<TKey>? Transaction { get; init; }

    /// <summary>
    /// The external transaction that contains the save: a transaction on the store's database, raw or that of Dapper or Entity Framework. The
    /// save is written at once, without retries, and its events count as saved; after a rollback, load the aggregates again. The positions
    /// of the events are valid once the transaction is committed. Null for none.
    /// </summary>
    public DbTransaction? DbTransaction { get; init; }

    /// <summary>Converts metadata to the options of a save.</summary>
    /// <param name="metadata">The metadata; null for none.</param>
    public static implicit operator SaveOptions<TKey>(EventMetadata? metadata) => new() { Metadata = metadata };

    /// <summary>Converts a store transaction to the options of a save.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <exception cref="ArgumentNullException">The transaction is null: the save would be outside of it.</exception>
    public static implicit operator SaveOptions<TKey>(StoreTransaction<TKey> transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return new() { Transaction = transaction };
    }

    /// <summary>Converts an external transaction to the options of a save.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <exception cref="ArgumentNullException">The transaction is null: the save would be outside of it.</exception>
    public static implicit operator SaveOptions<TKey>(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return new() { DbTransaction = transaction };
    }
}
