using System.Data.Common;
using EventSourcing;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;

namespace Recorders.Contract;

/// <summary>Makes recorders of one kind for a case, and tidies up after it.</summary>
public abstract class RecorderFixture : IAsyncDisposable
{
    /// <summary>Whether a recorder that is created later sees the events of an earlier one.</summary>
    public abstract bool KeepsEvents { get; }

    /// <summary>Whether the database is in this process, so that calls don't wait for it.</summary>
    public virtual bool IsEmbedded => true;

    /// <summary>The address of the recorders.</summary>
    public abstract string Url { get; }

    /// <summary>A recorder. All recorders of a fixture use the same database if it keeps events.</summary>
    public abstract IApplicationRecorder<Guid> WithGuids();

    /// <summary>As <see cref="WithGuids"/>, with a table of its own.</summary>
    public abstract IApplicationRecorder<string> WithStrings();

    /// <summary>The recorder of an application, for an engine that no URL names; null if the application finds it by the URL.</summary>
    public virtual IApplicationRecorder<TKey>? RecorderOf<TKey>(string table, EventStoreOptions options)
        where TKey : notnull => null;

    /// <summary>Creates an application on the engine: with a recorder of the fixture, or with the URL.</summary>
    public TApplication Create<TApplication, TKey>(
        string table, EventStoreOptions options, Func<IApplicationRecorder<TKey>, EventStoreOptions, TApplication> withRecorder, Func<string, EventStoreOptions, TApplication> withUrl)
        where TKey : notnull => RecorderOf<TKey>(table, options) is { } recorder ? withRecorder(recorder, options) : withUrl(Url, options);

    /// <summary>An open connection of the user's own to the same database; null where there can be none.</summary>
    public virtual DbConnection? Connect() => null;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}

/// <summary><c>memory:</c></summary>
public sealed class InMemoryFixture : RecorderFixture
{
    public override string Url => "memory:";

    public override bool KeepsEvents => false;

    public override IApplicationRecorder<Guid> WithGuids() => new InMemoryRecorder<Guid>();

    public override IApplicationRecorder<string> WithStrings() => new InMemoryRecorder<string>();
}

/// <summary>SQLite, in memory.</summary>
public sealed class SqliteMemoryFixture : RecorderFixture
{
    public override string Url => "sqlite:///:memory:";

    public override bool KeepsEvents => false;

    public override IApplicationRecorder<Guid> WithGuids() => GeneratedRecorders.WithGuids("sqlite:///:memory:");

    public override IApplicationRecorder<string> WithStrings() => GeneratedRecorders.WithStrings("sqlite:///:memory:");
}

/// <summary>SQLite, on a file of the fixture.</summary>
public sealed class SqliteFileFixture : RecorderFixture
{
    private readonly TemporaryFolder _folder = new();

    public override bool KeepsEvents => true;

    public override string Url => "sqlite:///" + Path;

    /// <summary>The file.</summary>
    public string Path => _folder.File("events.db");

    public override IApplicationRecorder<Guid> WithGuids() => GeneratedRecorders.WithGuids(Url);

    public override IApplicationRecorder<string> WithStrings() => GeneratedRecorders.WithStrings(Url);

    public override DbConnection? Connect()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return base.DisposeAsync();
    }
}

/// <summary>A folder that is deleted with everything in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("eventsourcing-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
