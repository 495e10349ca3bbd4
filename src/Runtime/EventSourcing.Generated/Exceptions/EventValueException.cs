namespace EventSourcing;

/// <summary>
/// A value of an event can't be stored unchanged: null where the type doesn't allow it, half of a surrogate pair, a <see cref="DateTime"/>
/// of the kind Local, a set or dictionary with a comparer of its own, and others that the guide lists. The event wasn't raised: the
/// aggregate is unchanged and accepts other commands.
/// </summary>
public sealed class EventValueException : ArgumentException
{
    private readonly string _reason;

    /// <summary>Creates the exception.</summary>
    /// <param name="field">The field of the event, as it is named in the stored state.</param>
    /// <param name="reason">What is wrong with its value and what to do, without the value.</param>
    public EventValueException(string field, string reason)
        : this(field, reason, null)
    {
    }

    internal EventValueException(string field, string reason, Exception? innerException)
        : base(null, innerException) => (Field, _reason) = (field, reason);

    /// <summary>The field of the event, as it is named in the stored state; <c>id</c> for the id of an aggregate that is created.</summary>
    public string Field { get; }

    /// <summary>The name of the event's type; null when it isn't known.</summary>
    public string? Event { get; internal set; }

    /// <inheritdoc/>
    public override string Message => $"'{Field}'{(Event is null ? "" : $" of {Event}")} {_reason}.";
}
