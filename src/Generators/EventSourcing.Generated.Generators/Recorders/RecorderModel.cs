using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>The recorders of an application: one for each engine that its project references.</summary>
internal sealed record RecorderModel
{
    /// <summary>The application, in which the recorders are nested.</summary>
    public required TypeShell Shell { get; init; }

    public required TableModel Table { get; init; }

    /// <summary>Whether the project references the SQLite provider.</summary>
    public required bool HasSqlite { get; init; }

    /// <summary>Whether the project references the PostgreSQL provider.</summary>
    public required bool HasPostgreSql { get; init; }

    /// <summary>The function that creates connections to SQLite, as an argument; null for the provider's own.</summary>
    public string? SqliteCreator { get; init; }

    /// <summary>The function that creates connections to PostgreSQL, as an argument; null for the provider's own.</summary>
    public string? PostgreSqlCreator { get; init; }
}
