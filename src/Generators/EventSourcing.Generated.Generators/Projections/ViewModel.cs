using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using EventSourcing.Recording;

namespace EventSourcing.Generators.Projections;

/// <summary>A record with <c>[Projection]</c>: a view, whose rows a fold over events writes.</summary>
internal sealed record ViewModel
{
    public required TypeShell Shell { get; init; }

    /// <summary>The name of the projection.</summary>
    public required string Projection { get; init; }

    public required int Version { get; init; }

    /// <summary>What happens with an event that fails: the name of the enum's member.</summary>
    public required string OnError { get; init; }

    /// <summary>Whether the rows are written in the transaction of the save.</summary>
    public required bool IsInline { get; init; }

    /// <summary>The columns; the first is the key.</summary>
    public required EquatableArray<ColumnModel> Columns { get; init; }

    /// <summary>The constructor's parameters and the initialized properties, in the order in which an object is created.</summary>
    public required EquatableArray<PartModel> Parts { get; init; }

    /// <summary>The events with their handlers.</summary>
    public required EquatableArray<HandlerModel> Handlers { get; init; }

    /// <summary>The shapes of the columns' types.</summary>
    public required EquatableArray<ShapeModel> Shapes { get; init; }

    /// <summary>The accessibility of the queries beside the record.</summary>
    public required string Accessibility { get; init; }

    /// <summary>The type of the key.</summary>
    public string KeyType => Columns[0].Type;

    /// <summary>The interface that the record implements.</summary>
    public string Interface => $"{KnownNames.Services}.IView<{Shell.FullName}, {KeyType}>";
}

/// <summary>A column of a view.</summary>
internal sealed record ColumnModel
{
    /// <summary>The property, with @ where it is a keyword.</summary>
    public required string Property { get; init; }

    /// <summary>The full name of the property's type, without <c>?</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The column in the database.</summary>
    public required ViewColumn Column { get; init; }

    /// <summary>The index of the shape of its value, without nullability.</summary>
    public required int Shape { get; init; }

    /// <summary>The expression that takes the value from an id, with <c>{0}</c> for the id.</summary>
    public string Unwrap { get; init; } = "{0}";

    /// <summary>The expression that creates an id from its value, with <c>{0}</c> for the value.</summary>
    public string Wrap { get; init; } = "{0}";

    /// <summary>Whether the value is a scalar itself, and not in a wrapper.</summary>
    public required bool IsPlain { get; init; }

    /// <summary>Whether a value is cut to what every engine stores.</summary>
    public bool IsCut => Column.Type is ViewColumnType.DateTimeOffset or ViewColumnType.DateTime or ViewColumnType.TimeOnly or ViewColumnType.TimeSpan
        or ViewColumnType.Single or ViewColumnType.Double;

    /// <summary>Whether a changed value is written and read once, because it may differ afterwards: a comparer isn't stored, for instance.</summary>
    public bool IsRestored => Column.Type == ViewColumnType.Json;
}

/// <summary>A part of a row as it is created.</summary>
/// <param name="Column">The number of the column.</param>
/// <param name="Placement">How its value is put into the record.</param>
/// <param name="Conversion">The expression that converts the value to the constructor's argument, with <c>{0}</c> for the value; null when both are the same.</param>
internal sealed record PartModel(int Column, Placement Placement, string? Conversion);

/// <summary>What an event does with its rows.</summary>
internal enum HandlerKind
{
    /// <summary>A static method without a row creates a row.</summary>
    Creates,

    /// <summary>An instance method changes its row, or deletes it by returning null.</summary>
    Changes,

    /// <summary>A static method gets the row, or null, and returns the row, or null.</summary>
    Replaces,
}

/// <summary>Where the keys of an event's rows come from.</summary>
internal enum KeySource
{
    /// <summary>The id of the aggregate.</summary>
    Aggregate,

    /// <summary>A method KeyOf that returns one key.</summary>
    One,

    /// <summary>A method KeyOf that returns several keys.</summary>
    Many,
}

/// <summary>An event with its When.</summary>
internal sealed record HandlerModel
{
    /// <summary>The full name of the event's record.</summary>
    public required string EventType { get; init; }

    /// <summary>The topics of the event, the current one first.</summary>
    public required EquatableArray<string> Topics { get; init; }

    /// <summary>The name of the event, for messages.</summary>
    public required string EventName { get; init; }

    public required HandlerKind Kind { get; init; }

    /// <summary>Whether the When takes the key before the event.</summary>
    public required bool TakesKey { get; init; }

    /// <summary>Whether the When takes the header.</summary>
    public required bool TakesHeader { get; init; }

    public required KeySource Key { get; init; }

    /// <summary>Whether the KeyOf takes the header.</summary>
    public required bool KeyTakesHeader { get; init; }

    /// <summary>The expression that converts the id of the aggregate to the key; for <see cref="KeySource.Aggregate"/>.</summary>
    public required string KeyOfAggregate { get; init; }
}
