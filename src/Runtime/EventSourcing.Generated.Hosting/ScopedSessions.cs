using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourcing.Hosting;

/// <summary>The sessions of a scope of services, such as a request: at most one for each application, created on demand. Thread safe.</summary>
internal sealed class ScopedSessions(IEnumerable<HostedApplication> applications, IServiceProvider services) : IAsyncDisposable
{
    private readonly Dictionary<Type, ScopedSession> _sessions = [];

    public ScopedSession Get<TApplication>()
        where TApplication : class, IEventSourcedApplication => Get(typeof(TApplication), services.GetRequiredService<TApplication>());

    /// <summary>Returns the session of the only application with this kind of key.</summary>
    public StoreSession<TKey> Single<TKey>()
        where TKey : notnull
    {
        var found = applications.Select(a => (a.Type, Application: a.Get(services) as EventSourcedApplication<TKey>)).Where(a => a.Application is not null).ToList();
        return found switch
        {
            [var only] => (StoreSession<TKey>)Get(only.Type, only.Application!).Session,
            [] => throw new InvalidOperationException($"No application with keys of the type {typeof(TKey).Name} is hosted: call AddHostedEventStore for one."),
            _ => throw new InvalidOperationException(
                $"Several applications have keys of the type {typeof(TKey).Name}: {string.Join(", ", found.Select(a => a.Type.Name))}. Use CreateSession of the application or, in a request, HttpContext.GetStoreSession."),
        };
    }

    /// <summary>Ends a session. A later call returns a new one.</summary>
    public ValueTask EndAsync<TApplication>()
        where TApplication : class, IEventSourcedApplication
    {
        lock (_sessions)
        {
            return _sessions.Remove(typeof(TApplication), out var session) ? session.Session.DisposeAsync() : default;
        }
    }

    public async ValueTask DisposeAsync()
    {
        ScopedSession[] rest;
        lock (_sessions)
        {
            rest = [.. _sessions.Values];
            _sessions.Clear();
        }

        foreach (var session in rest)
        {
            await session.Session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ScopedSession Get(Type type, IEventSourcedApplication application)
    {
        lock (_sessions)
        {
            if (!_sessions.TryGetValue(type, out var session))
            {
                _sessions.Add(type, session = new ScopedSession(application.CreateSession()));
            }

            return session;
        }
    }
}

/// <summary>The session of a scope.</summary>
internal sealed class ScopedSession(StoreSession session)
{
    public StoreSession Session => session;

    /// <summary>Whether a caller has made it the session of its flow, and will also end it.</summary>
    public bool IsEntered { get; private set; }

    /// <summary>Makes it the session of the calling flow. An async method must not call it on behalf of its caller.</summary>
    public IDisposable Enter()
    {
        IsEntered = true;
        return session.Use();
    }
}

/// <summary>An application for which AddHostedEventStore was called.</summary>
internal abstract class HostedApplication
{
    public abstract Type Type { get; }

    public abstract IEventSourcedApplication Get(IServiceProvider services);
}

/// <inheritdoc/>
internal sealed class HostedApplication<TApplication> : HostedApplication
    where TApplication : class, IEventSourcedApplication
{
    public override Type Type => typeof(TApplication);

    public override IEventSourcedApplication Get(IServiceProvider services) => services.GetRequiredService<TApplication>();
}
