using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>PostgreSQL.</summary>
internal static partial class Providers
{
    private static ProviderModel PostgreSql()
    {
        const string Creator = $"{KnownNames.Library}.PostgreSql.PostgreSqlConnectionCreator";
        return new()
        {
            Name = "PostgreSql",
            Title = "PostgreSQL",
            Scheme = "postgresql",
            Example = "postgresql://user:password@host/database",
            Sources = new(
            [
                new DriverSource(
                    "global::Npgsql.NpgsqlDataSource", "dataSource", "data source", "The source of connections to PostgreSQL. The caller owns it and disposes of it.",
                    "Returns the source of connections to PostgreSQL, for instance a registered data source."),
            ]),
            Creator = new CreatorModel(
                new([new CreatedType("Npgsql.NpgsqlDataSource", $"{Creator}.OfDataSource"), new CreatedType("Npgsql.NpgsqlConnection", $"{Creator}.OfConnections")]),
                Expected: "an NpgsqlConnection or NpgsqlDataSource, or a Task or ValueTask of one of them",
                Returned: "a connection or data source for PostgreSQL"),
            SettingsAttribute = "EventSourcing.PostgreSql.PostgreSqlTablesAttribute",
            DefaultSchema = "public",
            NotifiesInTransaction = true,
            ComparedToo = "the sequence",
            Dialect = new PostgreSqlDialect(),
        };
    }
}
