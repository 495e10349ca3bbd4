using EventSourcing;

namespace School;

/// <summary>A search over dogs and tricks: a projection whose handlers write a table of our own, with the same SQL on both engines.</summary>
/// <remarks>A search for a part of a text reads the whole table. For a large school, use the full-text index of your database.</remarks>
[Projection("search")]
public sealed partial class Search(StoreTransaction<Guid> transaction)
{
    /// <summary>A row for each dog, and for each trick of a dog.</summary>
    internal const string CreateTable = """
        CREATE TABLE IF NOT EXISTS trainingschool_search (
            dog text NOT NULL,
            version bigint NOT NULL,
            name text NOT NULL,
            trick text,
            folded text NOT NULL,
            PRIMARY KEY (dog, version))
        """;

    private Task When(Dog.Registered e, EventHeader header, CancellationToken cancellationToken)
    {
        var name = Storable(e.Name);
        return Owners.ExecuteAsync(
            transaction, "INSERT INTO trainingschool_search (dog, version, name, folded) VALUES (@dog, @version, @name, @folded)", cancellationToken,
            ("dog", header.AggregateId.ToString()), ("version", header.Version), ("name", name), ("folded", Fold(name)));
    }

    // The event of a trick doesn't have the name of its dog, but the row of the dog does.
    private Task When(Dog.TrickAdded e, EventHeader header, CancellationToken cancellationToken)
    {
        var trick = Storable(e.Trick);
        return Owners.ExecuteAsync(
            transaction,
            "INSERT INTO trainingschool_search (dog, version, name, trick, folded) SELECT dog, @version, name, @trick, @folded FROM trainingschool_search WHERE dog = @dog AND trick IS NULL",
            cancellationToken,
            ("dog", header.AggregateId.ToString()), ("version", header.Version), ("trick", trick), ("folded", Fold(trick)));
    }

    private Task Reset(CancellationToken cancellationToken) => Owners.ExecuteAsync(transaction, "DELETE FROM trainingschool_search", cancellationToken);

    /// <summary>The dogs, and the tricks of dogs, that contain a text in upper or lower case.</summary>
    internal static async Task<IReadOnlyList<SearchHit>> FindAsync(StoreTransaction<Guid> transaction, string text, int limit, CancellationToken cancellationToken)
    {
        await using var command = Owners.CreateCommand(
            transaction, "SELECT name, trick FROM trainingschool_search WHERE folded LIKE @pattern ESCAPE '!' ORDER BY name, version LIMIT @limit",
            ("pattern", $"%{Escape(Fold(text))}%"), ("limit", limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var hits = new List<SearchHit>();
        while (await reader.ReadAsync(cancellationToken))
        {
            hits.Add(new SearchHit(reader.GetString(0), await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetString(1)));
        }

        return hits;
    }

    /// <summary>Folded here and not by the database: the engines don't agree on letters other than A to Z, and both forms of a small sigma have one capital.</summary>
    private static string Fold(string text) => text.ToUpperInvariant();

    /// <summary>Wildcards are searched for as characters.</summary>
    private static string Escape(string text) =>
        text.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal);

    /// <summary>An event may have a NUL, but a text of PostgreSQL may not: the projection would stop at it.</summary>
    private static string Storable(string text) => text.Replace('\0', '\uFFFD');
}
