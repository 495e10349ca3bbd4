using System.Data.Common;
using EventSourcing;
using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>PostgreSQL, in a database of the fixture.</summary>
public class PostgreSqlFixture : RecorderFixture
{
    protected PostgreSqlDatabase Database { get; } = new();

    public override bool KeepsEvents => true;

    public override bool IsEmbedded => false;

    public override string Url => Database.Url;

    public override IApplicationRecorder<Guid> WithGuids() => GeneratedRecorders.WithGuidsAt(Url);

    public override IApplicationRecorder<string> WithStrings() => GeneratedRecorders.WithStringsAt(Url);

    public override DbConnection? Connect() => Database.Connect();

    public override ValueTask DisposeAsync()
    {
        Database.Dispose();
        return base.DisposeAsync();
    }
}

/// <summary>PostgreSQL, in a schema whose name has to be quoted; the address is a connection string.</summary>
public sealed class PostgreSqlSchemaFixture : PostgreSqlFixture
{
    public override string Url => Database.ConnectionString;

    public override IApplicationRecorder<Guid> WithGuids() => GeneratedRecorders.WithGuidsInSchema(Url);

    public override IApplicationRecorder<string> WithStrings() => GeneratedRecorders.WithStringsInSchema(Url);
}
