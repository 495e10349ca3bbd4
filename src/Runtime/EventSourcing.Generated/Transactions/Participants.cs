using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>What has changes of its own that belong to a unit of work, such as an Entity Framework context.</summary>
internal sealed class Participants : IAsyncDisposable
{
    private readonly List<ITransactionParticipant> _all = [];

    public void Add(ITransactionParticipant participant) => _all.Add(participant);

    /// <summary>The participant for which the condition holds, if there is one.</summary>
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

    /// <summary>Forgets their changes, so that all of them can be made again.</summary>
    /// <returns>False, and nothing is forgotten, when one of them can't.</returns>
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
