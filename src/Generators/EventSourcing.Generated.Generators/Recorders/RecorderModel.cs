using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;
using EventSourcing.Recording;

namespace EventSourcing.Generators.Recorders;

/// <summary>The recorders of an application.</summary>
internal sealed record RecorderModel
{
    /// <summary>The application, in which the recorders are nested.</summary>
    public required TypeShell Shell { get; init; }

    public required TableModel Table { get; init; }

    /// <summary>The engines that the project references. Each has a recorder.</summary>
    public required EquatableArray<EngineModel> Engines { get; init; }

    /// <summary>The views of the application.</summary>
    public EquatableArray<RegisteredView> Views { get; init; }

    /// <summary>The classes with handlers of the application.</summary>
    public EquatableArray<RegisteredHandlers> Handlers { get; init; }

    /// <summary>Whether the application has projections.</summary>
    public bool HasProjections => Views.Count + Handlers.Count > 0;

    /// <summary>The names and keys that the SQL of an engine depends on.</summary>
    public TableNames NamesOn(EngineModel engine) => new() { Prefix = Table.Prefix, Schema = engine.Settings.Schema ?? "", HasTextKeys = Table.Key != KeyKind.Guid };
}

/// <summary>A view of an application.</summary>
/// <param name="Name">Its name in generated code, with @ where it is a keyword.</param>
/// <param name="FullName">The full name of the record.</param>
/// <param name="KeyType">The full name of the type of its key.</param>
/// <param name="IsPublic">Whether the record and its key are public.</param>
/// <param name="Projection">The name of its projection.</param>
/// <param name="Columns">Its columns; the first is the key.</param>
internal sealed record RegisteredView(string Name, string FullName, string KeyType, bool IsPublic, string Projection, EquatableArray<ViewColumn> Columns)
{
    /// <summary>The type arguments with which generated code names it.</summary>
    public string Types => $"{FullName}, {KeyType}";
}

/// <summary>A class with handlers of an application.</summary>
/// <param name="FullName">Its full name.</param>
/// <param name="Projection">The name of its projection.</param>
internal sealed record RegisteredHandlers(string FullName, string Projection);

/// <summary>An engine that a project references.</summary>
/// <param name="Provider">The engine.</param>
/// <param name="Settings">The settings of the tables on this engine.</param>
/// <param name="Creator">The function that creates connections, as an argument; null for the provider's own.</param>
internal sealed record EngineModel(ProviderModel Provider, TableSettings Settings, string? Creator);
