using System.ComponentModel;
using System.Text;
using EventSourcing.CompilerServices;
using EventSourcing.Serialization;

namespace EventSourcing.Recording;

/// <summary>
/// Checks that every recorder can store the texts of events. It is done before anything is sent, so that an invalid text fails no other
/// save. Thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class StoredEvents
{
    /// <summary>
    /// The greatest length of a text key, in bytes of UTF-8. A PostgreSQL index takes rows of a third of a page, 2,704 bytes, at most.
    /// </summary>
    public const int MaxKeySize = 2000;

    /// <summary>The greatest length of the name of a tracked position, in UTF-16 code units.</summary>
    private const int MaxNameLength = 255;

    /// <summary>Checks the keys and topics of events that didn't come from an aggregate.</summary>
    /// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
    /// <param name="events">The events.</param>
    /// <exception cref="ArgumentException">A key or topic is null, or a text that can't be stored.</exception>
    public static void ThrowIfUnstorable<TKey>(IReadOnlyList<StoredEvent<TKey>> events)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(events);
        for (var i = 0; i < events.Count; i++)
        {
            var stored = events[i];
            ArgumentNullException.ThrowIfNull(stored.OriginatorId, nameof(events));
            ArgumentNullException.ThrowIfNull(stored.Topic, nameof(events));
            if (WhyNotText(stored.Topic) is { } bad)
            {
                throw new ArgumentException($"The topic '{MessageText.Show(stored.Topic)}' {bad}.", nameof(events));
            }

            if (stored.OriginatorId is string key && WhyNotKey(key) is { } reason)
            {
                throw new ArgumentException($"The key '{MessageText.Show(key)}' {reason}.", nameof(events));
            }
        }
    }

    /// <summary>Checks the type of the keys of a recorder.</summary>
    /// <exception cref="StoreConfigurationException">It is neither <see cref="Guid"/> nor <see cref="string"/>.</exception>
    internal static void ThrowIfNoKey<TKey>()
    {
        if (typeof(TKey) != typeof(Guid) && typeof(TKey) != typeof(string))
        {
            throw new StoreConfigurationException($"Keys must be of the type Guid or string, not {typeof(TKey).Name}.");
        }
    }

    /// <summary>Returns why a text can't be a key; null if it can.</summary>
    internal static string? WhyNotKey(string key)
    {
        if (WhyNotText(key) is { } reason)
        {
            return reason;
        }
        // A character needs at most three bytes for each of its UTF-16 units.
        return key.Length > MaxKeySize / 3 && Encoding.UTF8.GetByteCount(key) is > MaxKeySize and var size
            ? $"has {size} bytes in UTF-8, more than the {MaxKeySize} that the indexes of all engines allow"
            : null;
    }

    /// <summary>Checks the name of a tracked position.</summary>
    /// <exception cref="ArgumentException">It is empty, too long, or a text that can't be stored.</exception>
    internal static void ThrowIfNoName(string name, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(name))] string parameter = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        if (WhyNotText(name) is { } reason)
        {
            throw new ArgumentException($"The name '{MessageText.Show(name)}' {reason}.", parameter);
        }

        if (name.Length > MaxNameLength)
        {
            throw new ArgumentException($"The name '{MessageText.Show(name)}' has {name.Length} characters, more than the {MaxNameLength} that are allowed.", parameter);
        }
    }

    /// <summary>Returns why a text can't be stored by every engine; null if it can.</summary>
    internal static string? WhyNotText(string text) =>
        text.Contains('\0') ? "has a NUL character, which PostgreSQL can't store"
        : text.AsSpan().ContainsAny(StateJson.Surrogates) && StateJson.HasHalf(text) ? "has half of a surrogate pair, which isn't valid text: it was cut within a character, or wasn't decoded correctly"
        : null;
}
