namespace EventSourcing.AspNetCore;

/// <summary>What counts as success, and how much of an answer is held back until it is clear.</summary>
public sealed class CommitOnSuccessOptions
{
    /// <summary>
    /// Answers with this status code or a greater one are rolled back, as exceptions always are. 500 by default; 400 also rolls
    /// back what the client did wrong; 600 leaves it to exceptions alone.
    /// </summary>
    public int RollBackFromStatus { get; set; } = 500;

    /// <summary>
    /// How many bytes of an answer are held back at most. A longer one is committed when it reaches that, and then sent as it is
    /// written. 64 KiB by default.
    /// </summary>
    public int BufferLimit { get; set; } = 64 * 1024;
}
