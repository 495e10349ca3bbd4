using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>The participants of a unit of work that have changes of their own, such as Entity Framework contexts.</summary>
internal sealed class Participants : IAsyncDisposable
{
    private readonly List<ITransactionParticipant> _all = [];

    public void Add(ITransactionParticipant participant) => _all.Add(participant);

    /// <summary>Finds the participant for which the condition holds; null if there is none.</summary>
    public T? Find<T>(Func<T, bool> predicate)
        where T : class => _all.OfType<T>().FirstOrDefault(predicate);

    /// <summary>Writes their changes.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var participant in _all)
        {
            await participant.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Drops their changes, so that all of them can be made again.</summary>
    /// <returns>False, and nothing is dropped, when one of them can't.</returns>
    public bool TryForget()
    {
        if (!_all.TrueForAll(participant => participant.CanRepeat))
        {
            return false;
        }

        _all.ForEach(participant => participant.Forget());
        return true;
    }

    /// <summary>Tells them of the commit.</summary>
    public void Committed() => _all.ForEach(participant => participant.Committed());

    public async ValueTask DisposeAsync()
    {
        foreach (var participant in _all)
        {
            await participant.DisposeAsync().ConfigureAwait(false);
        }
    }
}
