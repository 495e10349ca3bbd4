using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>An engine, with everything that differs between engines in generated code.</summary>
internal sealed record ProviderModel
{
    /// <summary>The name of the engine in namespaces, classes and files.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the engine in texts.</summary>
    public required string Title { get; init; }

    /// <summary>The scheme of its URLs.</summary>
    public required string Scheme { get; init; }

    /// <summary>A URL that documentation shows.</summary>
    public required string Example { get; init; }

    /// <summary>The objects of its driver that a store can be opened with, besides a URL.</summary>
    public EquatableArray<DriverSource> Sources { get; init; }

    /// <summary>The connection creators that the engine allows.</summary>
    public required CreatorModel Creator { get; init; }

    /// <summary>The metadata name of the attribute with the settings of its tables; null for an engine without such settings.</summary>
    public string? SettingsAttribute { get; init; }

    /// <summary>The schema of tables for which none is named; null for an engine without schemas.</summary>
    public string? DefaultSchema { get; init; }

    /// <summary>Whether its recorder can notify listeners in the transaction that appends.</summary>
    public bool NotifiesInTransaction { get; init; }

    /// <summary>The parts of its tables that are compared besides columns and indexes; null for none.</summary>
    public string? ComparedToo { get; init; }

    public required SqlDialect Dialect { get; init; }

    /// <summary>The name of the generated class, and of its base.</summary>
    public string RecorderName => $"{Name}Recorder";

    /// <summary>The full name of the base, without its type argument.</summary>
    public string RecorderBase => $"{KnownNames.Library}.{Name}.{RecorderName}";

    /// <summary>The class that passes the SQL to the recorder.</summary>
    public string SqlClass => $"{KnownNames.Library}.{Name}.{Name}EventsSql";

    /// <summary>The metadata name of the type by which the provider is found in a compilation.</summary>
    public string Marker => $"EventSourcing.{Name}.{RecorderName}`1";

    /// <summary>The package of the provider.</summary>
    public string Package => $"EventSourcing.Generated.{Name}";
}

/// <summary>An object of a driver that a store can be opened with.</summary>
/// <param name="Type">The full name of its type.</param>
/// <param name="Name">The name of the parameter.</param>
/// <param name="Noun">Its name in texts.</param>
/// <param name="Description">The documentation of the parameter.</param>
/// <param name="Told">The documentation of a function that returns it.</param>
internal sealed record DriverSource(string Type, string Name, string Noun, string Description, string Told);

/// <summary>The connection creators that an engine allows.</summary>
/// <param name="Types">The types that they may return.</param>
/// <param name="Expected">The types that they may return, in messages.</param>
/// <param name="Returned">The result of a creator, in messages.</param>
internal sealed record CreatorModel(EquatableArray<CreatedType> Types, string Expected, string Returned);

/// <summary>A type that a connection creator may return.</summary>
/// <param name="Name">The metadata name of the type.</param>
/// <param name="Factory">
/// The method that makes a creator from an asynchronous function, which may take a CancellationToken; null when the function itself is the
/// creator, and can't be awaited.
/// </param>
internal sealed record CreatedType(string Name, string? Factory);
