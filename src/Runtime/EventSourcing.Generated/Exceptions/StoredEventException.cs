using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>The base of the exceptions about one stored event.</summary>
public abstract class StoredEventException : EventSourcingException
{
    private protected StoredEventException(string message, string topic, object? aggregateId, long version, long? position, Exception? innerException = null)
        : base($"{message} (topic {topic}, aggregate {MessageText.Show(aggregateId)}, version {version}{(position is null ? "" : $", position {position}")})", innerException)
    {
        Topic = topic;
        AggregateId = aggregateId;
        Version = version;
        Position = position;
    }

    /// <summary>The event's topic; at most 200 characters of it, control characters replaced.</summary>
    public string Topic { get; }

    /// <summary>The aggregate's id, as it is stored.</summary>
    public object? AggregateId { get; }

    /// <summary>The event's version.</summary>
    public long Version { get; }

    /// <summary>The event's position in the log; null when it has none yet.</summary>
    public long? Position { get; }
}

/// <summary>The state of a stored event doesn't fit its topic. No event was created from it.</summary>
public sealed class StateDecodeException : StoredEventException
{
    internal StateDecodeException(string reason, string topic, object? aggregateId, long version, long? position, long byteOffset, Exception? innerException)
        : base($"The state can't be read: {reason}, at byte {byteOffset}", topic, aggregateId, version, position, innerException) => ByteOffset = byteOffset;

    /// <summary>The place of the fault in the state, in bytes from 0.</summary>
    public long ByteOffset { get; }
}

/// <summary>The state of an event can't be written. Nothing of its save was written.</summary>
/// <remarks>As the event has no stored form, its topic is given as the name of its type.</remarks>
public sealed class StateEncodeException : StoredEventException
{
    internal StateEncodeException(string reason, string topic, object? aggregateId, long version, Exception? innerException)
        : base($"The state can't be written: {reason}", topic, aggregateId, version, null, innerException)
    {
    }
}

/// <summary>
/// The state or metadata of an event is larger than <see cref="EventStoreOptions.MaxStateSize"/>, or those of a save together larger than
/// <see cref="EventStoreOptions.MaxSaveSize"/>; the metadata counts once for each event.
/// </summary>
public sealed class PayloadTooLargeException : StoredEventException
{
    internal PayloadTooLargeException(long size, long limit, string option, string topic, object? aggregateId, long version, long? position)
        : base($"{size} bytes are more than EventStoreOptions.{option} allows ({limit})", topic, aggregateId, version, position)
    {
        Size = size;
        Limit = limit;
    }

    /// <summary>The size, in bytes.</summary>
    public long Size { get; }

    /// <summary>The limit, in bytes.</summary>
    public long Limit { get; }
}

/// <summary>A stored topic belongs to no event of the aggregate, or of the application.</summary>
public sealed class UnknownTopicException : StoredEventException
{
    internal UnknownTopicException(string owner, string topic, object? aggregateId, long version, long? position)
        : base($"{owner} has no event with this topic", topic, aggregateId, version, position)
    {
    }
}

/// <summary>
/// The stored events of an aggregate contradict each other: a version is missing or occurs twice, or the first event isn't a creation
/// event. Or a column of a row is null, or of another type.
/// </summary>
public sealed class StreamCorruptedException : StoredEventException
{
    /// <summary>Creates the exception, for a recorder.</summary>
    /// <param name="reason">The contradiction.</param>
    /// <param name="topic">The event's topic.</param>
    /// <param name="aggregateId">The aggregate's id, as it is stored.</param>
    /// <param name="version">The event's version.</param>
    /// <param name="position">The event's position in the log, if known.</param>
    public StreamCorruptedException(string reason, string topic, object? aggregateId, long version, long? position)
        : base($"The stored events of the aggregate are damaged: {reason}", MessageText.Show(topic), aggregateId, version, position)
    {
    }
}

/// <summary>The program's own code threw an exception for a stored event when the aggregate was loaded. It is the inner exception.</summary>
/// <remarks>When an event is raised, the caller gets the exception of <c>Apply</c> as it is.</remarks>
public sealed class ApplyException : StoredEventException
{
    internal ApplyException(string aggregateType, string what, string topic, object? aggregateId, long version, long? position, Exception innerException)
        : base($"The {aggregateType} can't be loaded, because {what} threw {innerException.GetType().Name}", topic, aggregateId, version, position, innerException) =>
        AggregateType = aggregateType;

    /// <summary>The name of the aggregate's type.</summary>
    public string AggregateType { get; }
}
