namespace EventSourcing.Recording;

/// <summary>The lookup of saves whose outcome or conflict is unknown.</summary>
internal sealed partial class GroupAppender<TKey>
{
    /// <summary>
    /// Looks up what is stored, and ends the saves whose outcome is then known. The others stay, to be sent again.
    /// </summary>
    private async Task EndKnownAsync(List<QueuedSave<TKey>> saves, bool isUnderLock)
    {
        Exception? last = null;
        while (RemoveExpired(saves, last) && (_connection is not null || await TryConnectAsync(saves, last).ConfigureAwait(false)))
        {
            try
            {
                // A copy is passed, because the lookup may outlast the wait.
                var patience = SaveTimes.Min(_times.Patience, Remaining(saves));
                var looking = _connection!.LookAsync([.. saves], isUnderLock ? _times.CommitLockTimeoutWithin(patience) : null);
                await WaitAsync(looking, patience).ConfigureAwait(false);
                End(saves, await looking.ConfigureAwait(false));
                return;
            }
            catch (Exception exception) when (exception is TimeoutException || _engine.IsExpectedInUse(exception))
            {
                last = exception;
                if (exception is TimeoutException || _engine.IsConnectionLost(exception))
                {
                    await DropAsync(_engine.IsConnectionOutdated(exception)).ConfigureAwait(false);
                }
                else if (!_engine.IsTransient(exception))
                {
                    FailAll(saves, _engine.ToException(exception));
                    return;
                }
            }

            await PauseAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 100))).ConfigureAwait(false);
        }
    }

    private void End(List<QueuedSave<TKey>> saves, List<SaveLook> states)
    {
        if (states.Exists(static s => s.State == SaveState.Stored))
        {
            _engine.Appended(states.Max(static s => s.Positions is { } positions ? positions[^1] : 0));
        }

        for (var i = 0; i < saves.Count; i++)
        {
            switch (states[i].State)
            {
                case SaveState.Stored:
                    saves[i].Succeed(states[i].Positions!);
                    break;
                case SaveState.Conflicting:
                    if (_heads is not null && states[i].Error is ConcurrencyException { ActualVersion: { } head } conflict)
                    {
                        _heads[(TKey)conflict.AggregateId] = head;
                    }

                    saves[i].Fail(states[i].Error!);
                    break;
            }
        }

        var index = 0;
        saves.RemoveAll(_ => states[index++].State != SaveState.Free);
    }
}
