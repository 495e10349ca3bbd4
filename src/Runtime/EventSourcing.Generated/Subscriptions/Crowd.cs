namespace EventSourcing;

/// <summary>Wakes many waiting callers, a few at a time, so that other work of the thread pool, such as a save, runs in between.</summary>
internal static class Crowd
{
    public const int AtATime = 32;

    public static async ValueTask ForEachAsync<T>(T[] waiting, Action<T> wake)
    {
        for (var i = 0; i < waiting.Length; i++)
        {
            if (i % AtATime == AtATime - 1)
            {
                await Task.Yield();
            }

            wake(waiting[i]);
        }
    }
}
