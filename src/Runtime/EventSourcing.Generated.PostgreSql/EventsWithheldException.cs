namespace EventSourcing.PostgreSql;

/// <summary>Fewer rows came back than were sent. The transaction may be committed.</summary>
internal sealed class EventsWithheldException() : StoreException(
    "The events table took fewer events than it was given: a trigger or rule of the database withholds them.");
