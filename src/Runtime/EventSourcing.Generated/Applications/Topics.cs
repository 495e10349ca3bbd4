using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>
/// The topics of events, for the filters of the <see cref="NotificationLog{TKey}"/>: <c>Topics.Of&lt;Dog.TrickAdded&gt;()</c>, or
/// <c>Topics.Of&lt;Dog&gt;()</c> for all events of an aggregate that isn't abstract. Former topics are included.
/// </summary>
public static class Topics
{
    /// <summary>Returns the topics of an event, or of all events of an aggregate.</summary>
    /// <typeparam name="T">The event or the aggregate.</typeparam>
    /// <returns>At least one topic for each event.</returns>
    public static IReadOnlyList<string> Of<T>()
        where T : ITopics => T.All;

    /// <summary>Returns the topics of two events or aggregates.</summary>
    /// <typeparam name="T1">The first.</typeparam>
    /// <typeparam name="T2">The second.</typeparam>
    /// <returns>At least one topic for each event.</returns>
    /// <remarks>For more than three, write <c>[.. Topics.Of&lt;A, B, C&gt;(), .. Topics.Of&lt;D&gt;()]</c>.</remarks>
    public static IReadOnlyList<string> Of<T1, T2>()
        where T1 : ITopics
        where T2 : ITopics => [.. T1.All, .. T2.All];

    /// <summary>Returns the topics of three events or aggregates.</summary>
    /// <typeparam name="T1">The first.</typeparam>
    /// <typeparam name="T2">The second.</typeparam>
    /// <typeparam name="T3">The third.</typeparam>
    /// <returns>At least one topic for each event.</returns>
    public static IReadOnlyList<string> Of<T1, T2, T3>()
        where T1 : ITopics
        where T2 : ITopics
        where T3 : ITopics => [.. T1.All, .. T2.All, .. T3.All];
}
