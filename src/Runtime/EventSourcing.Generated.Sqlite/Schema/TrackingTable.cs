using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>
/// The table of tracked positions. Each call looks at the shape of the table, because another process may create it or change it. Statements
/// are prepared for each call.
/// </summary>
internal sealed class TrackingTable(SqliteTrackingSql sql)
{
    // How many columns there are, how many are ours with our types, and how many are in the primary key: of all, of the name, of the position.
    // SQLite treats a type as a number if it contains INT, and as a text if it contains CHAR or TEXT.
    private const string SelectShape = """
        SELECT count(*), count(*) FILTER (WHERE name = 'application_name' AND (upper(type) LIKE '%CHAR%' OR upper(type) LIKE '%TEXT%')
                OR name = 'notification_id' AND upper(type) LIKE '%INT%'), count(*) FILTER (WHERE pk > 0),
            count(*) FILTER (WHERE pk > 0 AND name = 'application_name'), count(*) FILTER (WHERE pk > 0 AND name = 'notification_id')
        FROM pragma_table_info(?1)
        """;

    private enum Shape
    {
        Missing,
        RowPerName,
        RowPerPosition,
        Other,
    }

    /// <summary>Returns the difference from a table that can be used, as a sentence; none if the table is missing.</summary>
    public IEnumerable<string> Compare(StoreConnection session) => FindShape(session) == Shape.Other ? [Unfit] : [];

    /// <summary>Returns the greatest tracked position; null for none.</summary>
    public long? Find(StoreConnection session, string name) => FindFitting(session) == Shape.Missing ? null : Query(session, sql.SelectPosition, statement =>
    {
        statement.BindText(1, name);
        return statement.Step() && !statement.IsNull(0) ? statement.ReadInt64(0) : (long?)null;
    });

    /// <summary>Tracks a position in the transaction of the connection, and creates the table if it is missing.</summary>
    /// <exception cref="AlreadyTrackedException">The position, or a greater one, is tracked already. Nothing is written.</exception>
    public void Track(StoreConnection session, Tracking tracking)
    {
        var shape = FindFitting(session);
        if (shape == Shape.Missing)
        {
            if (!sql.CreateTables)
            {
                throw new StoreConfigurationException($"The table {sql.Table} is missing, and the creation of tables is disabled. Create it with Tracking.EnsureSchemaAsync.");
            }

            Query(session, sql.CreateTable, static statement => statement.Step());
        }

        Query(session, shape == Shape.RowPerPosition ? sql.TrackRow : sql.Track, statement =>
        {
            statement.BindText(1, tracking.Name);
            statement.BindInt64(2, tracking.Position);
            return statement.Step();
        });
        if (session.Changes == 1)
        {
            return;
        }

        var tracked = Find(session, tracking.Name);
        throw tracked >= tracking.Position
            ? new AlreadyTrackedException(tracking.Name, tracking.Position, tracked)
            : new StoreException($"A trigger of the table {sql.Table} suppresses rows. Nothing was written.");
    }

    /// <summary>Creates the table if it is missing.</summary>
    public void Ensure(StoreConnection session) => session.InTransaction(() =>
    {
        if (FindFitting(session) == Shape.Missing)
        {
            Query(session, sql.CreateTable, static statement => statement.Step());
        }

        return true;
    });

    /// <summary>Replaces a table with a row for each position.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Migrate(StoreConnection session) => session.InTransaction(() =>
    {
        if (FindFitting(session) != Shape.RowPerPosition)
        {
            return false;
        }

        foreach (var text in (ReadOnlySpan<string>)[sql.CreateNewTable, sql.CopyRows, sql.DropTable, sql.RenameTable])
        {
            Query(session, text, static statement => statement.Step());
        }

        return true;
    });

    private string Unfit => $"The table {sql.Table} isn't a table of tracked positions: it must have the columns application_name (a text) and notification_id (an integer), and the first or both as its primary key.";

    private Shape FindFitting(StoreConnection session) => FindShape(session) is var shape && shape != Shape.Other ? shape : throw new StoreConfigurationException(Unfit);

    private Shape FindShape(StoreConnection session) => Query(session, SelectShape, statement =>
    {
        statement.BindText(1, sql.Table);
        statement.Step();
        return (statement.ReadInt64(0), statement.ReadInt64(1), statement.ReadInt64(2), statement.ReadInt64(3), statement.ReadInt64(4)) switch
        {
            (0, _, _, _, _) => Shape.Missing,
            (_, 2, 1, 1, 0) => Shape.RowPerName,
            (_, 2, 2, 1, 1) => Shape.RowPerPosition,
            _ => Shape.Other,
        };
    });

    private TResult Query<TResult>(StoreConnection session, string text, Func<SqliteStatement, TResult> read) => session.Query(text, read, sql.Table);
}
