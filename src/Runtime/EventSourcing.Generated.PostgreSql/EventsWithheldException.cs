namespace EventSourcing.PostgreSql;

/// <summary>The events table took fewer rows than it was given. No part of the save is stored.</summary>
/// <param name="innerException">The server's error, where it noticed.</param>
internal sealed class EventsWithheldException(Exception? innerException = null) : StoreException(
    "The events table took fewer events than it was given: a trigger or rule of the database withholds them; nothing was written.", innerException);
