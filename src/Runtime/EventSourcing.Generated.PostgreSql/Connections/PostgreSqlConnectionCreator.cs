using System.ComponentModel;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The method that <see cref="ConnectionCreatorAttribute"/> names, as generated code passes it.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PostgreSqlConnectionCreator
{
    private PostgreSqlConnectionCreator()
    {
    }

    internal Func<CancellationToken, ValueTask<NpgsqlConnection>>? Connections { get; private init; }

    internal Func<CancellationToken, ValueTask<NpgsqlDataSource>>? DataSource { get; private init; }

    /// <summary>Creates it from a method that is called for each physical connection.</summary>
    /// <param name="create">Returns a new connection, open or not.</param>
    public static PostgreSqlConnectionCreator OfConnections(Func<CancellationToken, ValueTask<NpgsqlConnection>> create) => new() { Connections = create };

    /// <summary>Creates it from a method that is called once, for a data source, which belongs to its creator.</summary>
    /// <param name="create">Returns the data source.</param>
    public static PostgreSqlConnectionCreator OfDataSource(Func<CancellationToken, ValueTask<NpgsqlDataSource>> create) => new() { DataSource = create };
}
