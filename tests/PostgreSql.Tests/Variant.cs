using EventSourcing;
using EventSourcing.PostgreSql;
using Recorders.Contract;

namespace PostgreSql.Tests;

/// <summary>A recorder as the generated one, with SQL that a test has changed.</summary>
internal sealed class Variant : PostgreSqlRecorder<Guid>
{
    private Variant(string url, EventStoreOptions options, PostgreSqlEventsSql sql)
        : base(url, options, sql)
    {
    }

    public static Variant Of(string url, Func<PostgreSqlEventsSql, PostgreSqlEventsSql> change, EventStoreOptions? options = null) =>
        new(url, options ?? new(), change(((PostgreSqlRecorder<Guid>)GeneratedRecorders.WithGuidsAt(url)).Sql));
}
