using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>An engine, with all that differs between engines in what is generated.</summary>
internal sealed record ProviderModel
{
    /// <summary>How namespaces, classes and files are named after it.</summary>
    public required string Name { get; init; }

    /// <summary>What texts call it.</summary>
    public required string Title { get; init; }

    /// <summary>The scheme of its URLs.</summary>
    public required string Scheme { get; init; }

    /// <summary>A URL that documentation shows.</summary>
    public required string Example { get; init; }

    /// <summary>The objects of its driver that a store can be opened with, besides a URL.</summary>
    public EquatableArray<DriverSource> Sources { get; init; }

    /// <summary>What a connection creator may be.</summary>
    public required CreatorModel Creator { get; init; }

    /// <summary>Whether its tables stand in schemas.</summary>
    public bool HasSchemas { get; init; }

    /// <summary>Whether its recorder can tell listeners in the transaction that appends.</summary>
    public bool NotifiesInTransaction { get; init; }

    /// <summary>What is compared of its tables besides columns and indexes; null for nothing.</summary>
    public string? ComparedToo { get; init; }

    public required SqlDialect Dialect { get; init; }

    /// <summary>The name of the generated class, and of its base.</summary>
    public string RecorderName => $"{Name}Recorder";

    /// <summary>The full name of the base, without its type argument.</summary>
    public string RecorderBase => $"{KnownNames.Library}.{Name}.{RecorderName}";

    /// <summary>The class that hands the SQL to the recorder.</summary>
    public string SqlClass => $"{KnownNames.Library}.{Name}.{Name}EventsSql";

    /// <summary>The metadata name of the type by which the provider is found in a compilation.</summary>
    public string Marker => $"EventSourcing.{Name}.{RecorderName}`1";

    /// <summary>The package of the provider.</summary>
    public string Package => $"EventSourcing.Generated.{Name}";
}

/// <summary>An object of a driver that a store can be opened with.</summary>
/// <param name="Type">The full name of its type.</param>
/// <param name="Name">The name of the parameter.</param>
/// <param name="Noun">What it is called in texts.</param>
/// <param name="Description">The documentation of the parameter.</param>
/// <param name="Told">The documentation of a function that returns it.</param>
internal sealed record DriverSource(string Type, string Name, string Noun, string Description, string Told);

/// <summary>What a connection creator for an engine may be.</summary>
/// <param name="Types">What it may return.</param>
/// <param name="Expected">What it may return, in messages.</param>
/// <param name="Returned">What it returns, in messages.</param>
internal sealed record CreatorModel(EquatableArray<CreatedType> Types, string Expected, string Returned);

/// <summary>What a connection creator may return.</summary>
/// <param name="Name">The metadata name of the type.</param>
/// <param name="Factory">
/// What makes a creator of an asynchronous function, which may take a CancellationToken; null where the function itself is the creator, and
/// nothing can be waited for.
/// </param>
internal sealed record CreatedType(string Name, string? Factory);
