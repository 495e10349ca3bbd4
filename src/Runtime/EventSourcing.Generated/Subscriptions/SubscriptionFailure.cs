namespace EventSourcing;

/// <summary>A failed read of a subscription. It contains no state, parameters, connection strings or messages of exceptions.</summary>
/// <param name="Application">The name of the application.</param>
/// <param name="Position">The position of the subscription: it continues after it.</param>
/// <param name="Topics">The topics of the subscription; null for all.</param>
/// <param name="ErrorType">The name of the exception's type.</param>
/// <param name="IsRetried">Whether the subscription retries. Otherwise it has ended, and its reader has the exception.</param>
/// <param name="Failures">The number of reads in a row that have failed.</param>
/// <param name="Since">When the first of them failed.</param>
public sealed record SubscriptionFailure(
    string Application, long Position, IReadOnlyList<string>? Topics, string ErrorType, bool IsRetried, int Failures, DateTimeOffset Since);
