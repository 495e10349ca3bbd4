using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Recorders.Contract;

/// <summary>
/// Searches everything that the library reports while the tests of a process run, all exceptions that are thrown and all activities,
/// for a secret that is part of passwords, connection strings, states and metadata. A fixture of whole test assemblies.
/// </summary>
public sealed class SecretWatch : IDisposable
{
    /// <summary>A part of every password of the tests' servers, and of states and metadata. No message may show it.</summary>
    public const string Secret = PostgreSqlServer.Secret;

    private readonly ConcurrentQueue<string> _found = new();
    private ActivityListener _listener;
    private long _looks;

    [ThreadStatic]
    private static bool _isLooking;

    /// <summary>Starts watching.</summary>
    public SecretWatch()
    {
        AppDomain.CurrentDomain.FirstChanceException += Look;
        _listener = Listen();
    }

    /// <summary>Where the secret was shown, and how many texts were searched.</summary>
    public (IReadOnlyCollection<string> Found, long Looks) Result => (_found, Interlocked.Read(ref _looks));

    /// <summary>Ignores activities until the result is disposed, so that none are created: for tests that measure.</summary>
    public IDisposable Pause()
    {
        _listener.Dispose();
        return new Paused(this);
    }

    /// <summary>Ends watching; throws if the secret was shown.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Look;
        _listener.Dispose();
        if (!_found.IsEmpty)
        {
            throw new CheckFailedException($"A secret was shown {_found.Count} times, first by {_found.First()}");
        }
    }

    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "EventSourcing.Generated",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Look,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private void Look(object? sender, FirstChanceExceptionEventArgs e)
    {
        // Only exceptions of the library, with their inner exceptions; and not those that the search itself might throw.
        if (_isLooking || e.Exception is not EventSourcing.EventSourcingException)
        {
            return;
        }

        _isLooking = true;
        try
        {
            Look(e.Exception.ToString(), e.Exception.GetType().Name);
        }
        finally
        {
            _isLooking = false;
        }
    }

    private void Look(Activity activity) =>
        Look($"{activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(e => e.Tags))}", activity.OperationName);

    private void Look(string text, string by)
    {
        Interlocked.Increment(ref _looks);
        if (text.Contains(Secret, StringComparison.Ordinal))
        {
            _found.Enqueue(by);
        }
    }

    private sealed class Paused(SecretWatch watch) : IDisposable
    {
        public void Dispose() => watch._listener = watch.Listen();
    }
}
