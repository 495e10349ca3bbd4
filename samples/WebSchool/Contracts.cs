using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;

namespace School;

/// <summary>A dog that comes to the school.</summary>
/// <param name="Name">What it is called; no two dogs have the same name.</param>
/// <param name="Owner">The owner's name, if there is one; the dog and its owner are both written, or neither.</param>
public sealed record NewDog([property: Required, StringLength(100), PathSegment, PlainText] string Name, [property: PlainText] string? Owner = null);

/// <summary>Something that a dog has learnt.</summary>
public sealed record NewTrick([property: Required, StringLength(100)] string Trick);

/// <summary>A dog as it is now.</summary>
/// <param name="Version">How many events it has had; the ETag of the dog.</param>
public sealed record DogView(string Name, long Version, IReadOnlyList<string> Tricks);

/// <summary>An owner, and their dog.</summary>
public sealed record Owner(Guid Id, string Name, string Dog);

/// <summary>An owner to add to the table, or to change.</summary>
public sealed record NewOwner([property: Required, PlainText] string Name, [property: Required, StringLength(100), PlainText] string Dog);

/// <summary>An event.</summary>
/// <param name="Position">Its position in the log; there may be gaps.</param>
/// <param name="Dog">The id of the dog.</param>
/// <param name="Version">Its number among the events of the dog; the first is 1.</param>
/// <param name="Name">The name of a dog that was registered.</param>
/// <param name="Trick">The trick that was added.</param>
public sealed record LogEntry(long Position, DateTimeOffset Time, Guid Dog, long Version, string Topic, string? Name, string? Trick);

/// <summary>A part of the log.</summary>
/// <param name="Next">The address of the next page; none on the last one.</param>
public sealed record LogPage(IReadOnlyList<LogEntry> Events, string? Next);

/// <summary>The dogs that know the most tricks.</summary>
/// <param name="Position">The position in the log up to which events are counted.</param>
/// <param name="Lag">How many positions the leaderboard is behind the log.</param>
public sealed record Leaderboard(IReadOnlyList<LeaderboardEntry> Dogs, long Position, long Lag);

/// <summary>A dog, and how many tricks it knows.</summary>
public sealed record LeaderboardEntry(string Name, int Tricks);

/// <summary>The dogs and tricks that a search has found.</summary>
/// <param name="Position">The position in the log up to which events are known.</param>
/// <param name="Lag">How many positions the search is behind the log.</param>
public sealed record SearchResults(IReadOnlyList<SearchHit> Hits, long Position, long Lag);

/// <summary>A dog whose name was found, or a trick of a dog.</summary>
public sealed record SearchHit(string Dog, string? Trick);

/// <summary>A name that can stand in a path: without a slash, and not one or two dots alone.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathSegmentAttribute() : ValidationAttribute("The field {0} must not contain a slash, nor be '.' or '..'.")
{
    public override bool IsValid(object? value) => value is not string text || (!text.Contains('/', StringComparison.Ordinal) && text is not ("." or ".."));
}

/// <summary>A text of one line, without characters that can't be seen, such as NUL, which databases and addresses don't take.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PlainTextAttribute() : ValidationAttribute("The field {0} must not contain control characters.")
{
    public override bool IsValid(object? value) => value is not string text || !text.Any(char.IsControl);
}

/// <summary>The JSON code of everything that is sent or received, made when the program is compiled.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NewDog))]
[JsonSerializable(typeof(NewTrick))]
[JsonSerializable(typeof(DogView))]
[JsonSerializable(typeof(NewOwner))]
[JsonSerializable(typeof(Owner))]
[JsonSerializable(typeof(IReadOnlyList<Owner>))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(Leaderboard))]
[JsonSerializable(typeof(SearchResults))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(HttpValidationProblemDetails))]
[JsonSerializable(typeof(string))] // and the types of parameters in the OpenAPI document
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(Guid))]
public sealed partial class SchoolJson : JsonSerializerContext;
