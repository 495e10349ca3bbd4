using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>The recorders of an application.</summary>
internal sealed record RecorderModel
{
    /// <summary>The application, in which the recorders are nested.</summary>
    public required TypeShell Shell { get; init; }

    public required TableModel Table { get; init; }

    /// <summary>The engines that the project references. Each has a recorder.</summary>
    public required EquatableArray<EngineModel> Engines { get; init; }

    /// <summary>The names and keys that the SQL of an engine depends on.</summary>
    public TableNames NamesOn(EngineModel engine) => new() { Prefix = Table.Prefix, Schema = engine.Settings.Schema ?? "", HasTextKeys = Table.Key != KeyKind.Guid };
}

/// <summary>An engine that a project references.</summary>
/// <param name="Provider">The engine.</param>
/// <param name="Settings">The settings of the tables on this engine.</param>
/// <param name="Creator">The function that creates connections, as an argument; null for the provider's own.</param>
internal sealed record EngineModel(ProviderModel Provider, TableSettings Settings, string? Creator);
