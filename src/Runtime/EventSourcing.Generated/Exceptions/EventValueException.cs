namespace EventSourcing;

/// <summary>
/// A value that was given to an event can't be stored as it is: a <see cref="DateTime"/> of the kind Local, or a set or dictionary with a
/// comparer of its own. The event wasn't raised: the aggregate is as it was before, and takes other commands.
/// </summary>
/// <param name="field">The field of the event, as it is named in the stored state.</param>
/// <param name="reason">What is wrong with its value and what to do, without the value.</param>
public sealed class EventValueException(string field, string reason) : ArgumentException($"'{field}' {reason}.")
{
    /// <summary>The field of the event, as it is named in the stored state.</summary>
    public string Field { get; } = field;
}
