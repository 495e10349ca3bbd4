namespace EventSourcing;

/// <summary>A reading of a subscription that failed. No state, parameters or connection strings; the messages of exceptions aren't here.</summary>
/// <param name="Application">The name of the application.</param>
/// <param name="Position">How far the subscription has come: it reads on after it.</param>
/// <param name="Topics">The topics that it wants; null for all.</param>
/// <param name="ErrorType">The name of the exception's type.</param>
/// <param name="IsRetried">Whether it reads again by itself. Otherwise it has ended, and its reader has the exception.</param>
/// <param name="Failures">How many readings have failed in a row.</param>
/// <param name="Since">When the first of them did.</param>
public sealed record SubscriptionFailure(
    string Application, long Position, IReadOnlyList<string>? Topics, string ErrorType, bool IsRetried, int Failures, DateTimeOffset Since);
