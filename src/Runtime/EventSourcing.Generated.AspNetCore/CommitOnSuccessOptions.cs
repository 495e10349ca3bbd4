namespace EventSourcing.AspNetCore;

/// <summary>What counts as success, and how much of a response is held back until the commit.</summary>
public sealed class CommitOnSuccessOptions
{
    /// <summary>
    /// Responses with this status code or a greater one are rolled back; exceptions always are. 400 by default, so that only responses of 2xx and
    /// 3xx commit; 500 also commits client errors; 600 rolls back after exceptions only.
    /// </summary>
    public int RollBackFromStatus { get; set; } = 400;

    /// <summary>
    /// How often the handler of an endpoint may run. After a <see cref="ConcurrencyException"/>, a serialization failure (40001) or a deadlock
    /// (40P01), of the commit or of the handler, its saves are rolled back and it is run again, with the same arguments. So it must load inside
    /// what it changes, and do nothing else that must not be done twice. Entity Framework contexts on the transaction drop what they track. If one
    /// tracked something before, or if the response has begun, the handler isn't run again. 1 by default. For endpoints only; requests in the
    /// middleware run once.
    /// </summary>
    public int MaxAttempts { get; set; } = 1;

    /// <summary>
    /// The maximum number of bytes of a response that are held back. A longer one is committed when it reaches the limit, and then sent as it is
    /// written. Bytes that a handler writes into <c>Response.BodyWriter</c> and doesn't flush are held up to 16 times as much, or 1 MiB. 64 KiB by
    /// default.
    /// </summary>
    public int BufferLimit { get; set; } = 64 * 1024;
}
