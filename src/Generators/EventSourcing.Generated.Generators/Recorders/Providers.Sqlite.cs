using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>SQLite.</summary>
internal static partial class Providers
{
    private static ProviderModel Sqlite() => new()
    {
        Name = "Sqlite",
        Title = "SQLite",
        Scheme = "sqlite",
        Example = "sqlite:///path/to/file.db",
        Creator = new CreatorModel(
            new([new CreatedType("Microsoft.Data.Sqlite.SqliteConnection", Factory: null)]),
            Expected: "a SqliteConnection without a Task",
            Returned: "a SqliteConnection"),
        Dialect = new SqliteDialect(),
    };
}
