using System.ComponentModel;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The method that <see cref="ConnectionCreatorAttribute"/> names, as generated code hands it over.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PostgreSqlConnectionCreator
{
    private PostgreSqlConnectionCreator()
    {
    }

    internal Func<CancellationToken, ValueTask<NpgsqlConnection>>? Connections { get; private init; }

    internal Func<CancellationToken, ValueTask<NpgsqlDataSource>>? DataSource { get; private init; }

    /// <summary>A method that is called for each physical connection.</summary>
    /// <param name="create">Gives a new connection, open or not.</param>
    public static PostgreSqlConnectionCreator OfConnections(Func<CancellationToken, ValueTask<NpgsqlConnection>> create) => new() { Connections = create };

    /// <summary>A method that is called once, for a data source, which stays its creator's.</summary>
    /// <param name="create">Gives the data source.</param>
    public static PostgreSqlConnectionCreator OfDataSource(Func<CancellationToken, ValueTask<NpgsqlDataSource>> create) => new() { DataSource = create };
}
