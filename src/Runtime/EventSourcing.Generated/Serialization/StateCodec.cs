using EventSourcing.Recording;

namespace EventSourcing.Serialization;

/// <summary>
/// Converts the events of one store to the bytes of their rows and back: first JSON, then the stages in order, and back in reverse order.
/// Without stages, a row is read where the driver has it. Thread safe.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="stages">The stages between the JSON and the stored bytes.</param>
internal sealed class StateCodec(EventStoreOptions options, params IReadOnlyList<IStateStage> stages)
{
    /// <summary>The maximum size of a state, or of metadata, in bytes: as JSON and as stored.</summary>
    public int MaxStateSize => options.MaxStateSize;

    /// <summary>Writes the state of an event behind those that the encoder already has.</summary>
    /// <returns>The topic of the event.</returns>
    /// <exception cref="StateEncodeException">The event can't be written.</exception>
    /// <exception cref="PayloadTooLargeException">The state is too large.</exception>
    public string Write<TKey>(StateEncoder encoder, IAggregate<TKey> aggregate, in PendingEvent pending)
        where TKey : notnull
    {
        var start = encoder.Length;
        var topic = encoder.Write(aggregate, pending);
        var size = encoder.Length - start;
        for (var i = 0; i < stages.Count && size <= MaxStateSize; i++)
        {
            try
            {
                encoder.Apply(stages[i], start);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                var (reason, inner) = Describe(exception, "encoded");
                throw new StateEncodeException(reason, pending.Event.GetType().Name, aggregate.Key, pending.Header.Version, inner);
            }

            size = encoder.Length - start;
        }

        return size <= MaxStateSize ? topic : throw new PayloadTooLargeException(size, MaxStateSize, nameof(EventStoreOptions.MaxStateSize), topic, aggregate.Key, pending.Header.Version, null);
    }

    /// <summary>Reads the event of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="read">Reads the event by its topic.</param>
    /// <param name="owner">The owner of the events that <paramref name="read"/> knows, for the message.</param>
    /// <param name="timestamp">The event's time.</param>
    /// <exception cref="StoredEventException">The row can't be read.</exception>
    /// <exception cref="PayloadTooLargeException">The state, or the metadata, is too large.</exception>
    public IEvent Read<TKey>(in EventRow<TKey> row, StateDecoder.EventReader read, string owner, out DateTimeOffset timestamp)
        where TKey : notnull
    {
        if (stages.Count == 0)
        {
            return StateDecoder.Read(row, read, owner, MaxStateSize, out timestamp);
        }

        StateDecoder.ThrowIfOver(row, MaxStateSize);
        using var decoder = StateEncoder.Rent();
        decoder.Append(row.State);
        for (var i = stages.Count - 1; i >= 0; i--)
        {
            try
            {
                decoder.Revert(stages[i], MaxStateSize);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                var (reason, inner) = Describe(exception, "decoded");
                throw StateDecoder.Fault(row, reason, 0, inner);
            }
        }

        return StateDecoder.Read(row with { State = decoder.Slice(0, decoder.Length).Span }, read, owner, MaxStateSize, out timestamp);
    }

    // Only the library's reasons are shown: other messages may contain the state.
    private static (string Reason, Exception? Inner) Describe(Exception exception, string step) =>
        exception is StateFormatException ? (exception.Message, null) : ($"{exception.GetType().Name} while it was {step}", exception);
}
