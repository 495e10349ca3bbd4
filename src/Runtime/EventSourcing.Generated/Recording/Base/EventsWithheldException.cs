namespace EventSourcing.Recording;

/// <summary>The events table took fewer rows than it was given. Nothing of the batch is stored.</summary>
/// <param name="innerException">The server's error, if it counted the rows; null if none came back at all.</param>
internal sealed class EventsWithheldException(Exception? innerException = null) : StoreException(
    "The database inserted fewer events than the save contains: a trigger or rule of the database suppresses rows; nothing was written.", innerException);
