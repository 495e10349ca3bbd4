namespace EventSourcing.AspNetCore;

/// <summary>What counts as success, and how much of an answer is held back until it is clear.</summary>
public sealed class CommitOnSuccessOptions
{
    /// <summary>
    /// Answers with this status code or a greater one are rolled back, as exceptions always are. 400 by default, so that only answers of
    /// 2xx and 3xx commit; 500 also commits what the client did wrong; 600 leaves it to exceptions alone.
    /// </summary>
    public int RollBackFromStatus { get; set; } = 400;

    /// <summary>
    /// How often the handler of an endpoint may run: after a <see cref="ConcurrencyException"/>, a serialization failure (40001) or a deadlock
    /// (40P01), of the commit or of the handler, its saves are rolled back and it is run again, with the same arguments. So it loads inside
    /// what it changes, and does nothing else that must not be done twice. Entity Framework contexts on the transaction forget what they
    /// track; with one that tracked something before, or once the answer has begun, the handler isn't run again. 1 by default. For endpoints
    /// only; requests in the middleware run once.
    /// </summary>
    public int MaxAttempts { get; set; } = 1;

    /// <summary>
    /// How many bytes of an answer are held back at most. A longer one is committed when it reaches that, and then sent as it is
    /// written. What a handler writes into <c>Response.BodyWriter</c> and doesn't flush is held up to 16 times as much, or 1 MiB. 64 KiB
    /// by default.
    /// </summary>
    public int BufferLimit { get; set; } = 64 * 1024;
}
