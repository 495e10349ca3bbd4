using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace EventSourcing.EntityFrameworkCore;

/// <summary>
/// Keeps what a context has written in a transaction, so that it is pending again after a rollback, as events are: Entity Framework itself
/// would treat it as stored.
/// </summary>
internal sealed class ChangeJournal : IDisposable
{
    private readonly DbContext _context;
    private readonly Stack<Change> _changes = new();
    private List<Change> _saving = [];

    public ChangeJournal(DbContext context)
    {
        _context = context;
        context.SavingChanges += OnSaving;
        context.SavedChanges += OnSaved;
    }

    public void Dispose()
    {
        _context.SavingChanges -= OnSaving;
        _context.SavedChanges -= OnSaved;
    }

    /// <summary>Makes written changes pending again, the last first.</summary>
    public void Restore()
    {
        while (_changes.TryPop(out var change))
        {
            change.Restore();
        }
    }

    private void OnSaving(object? sender, SavingChangesEventArgs e)
    {
        // Without acceptance the entries stay as they are.
        _saving = [];
        if (!e.AcceptAllChangesOnSuccess)
        {
            return;
        }

        foreach (var entry in _context.ChangeTracker.Entries())
        {
            if (entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted)
            {
                _saving.Add(new Change(entry));
            }
        }
    }

    private void OnSaved(object? sender, SavedChangesEventArgs e)
    {
        foreach (var change in _saving)
        {
            _changes.Push(change);
        }

        _saving = [];
    }

    private sealed class Change(EntityEntry entry)
    {
        private readonly EntityState _state = entry.State;
        private readonly PropertyValues _original = entry.OriginalValues.Clone();
        private readonly string[] _modified = entry.State == EntityState.Modified ? [.. entry.Properties.Where(p => p.IsModified).Select(p => p.Metadata.Name)] : [];
        private readonly string[] _temporary = entry.State == EntityState.Added ? [.. entry.Properties.Where(p => p.IsTemporary).Select(p => p.Metadata.Name)] : [];

        public void Restore()
        {
            switch (_state)
            {
                case EntityState.Added when entry.State == EntityState.Deleted:
                    // It was written and deleted in the same transaction.
                    entry.State = EntityState.Detached;
                    break;
                case EntityState.Added when entry.State != EntityState.Detached:
                    entry.State = EntityState.Added;
                    // The database will give new values.
                    foreach (var name in _temporary)
                    {
                        entry.Property(name).IsTemporary = true;
                    }

                    break;
                case EntityState.Modified when entry.State != EntityState.Detached:
                    var wasDeleted = entry.State == EntityState.Deleted;
                    entry.OriginalValues.SetValues(_original);
                    if (wasDeleted)
                    {
                        break;
                    }

                    foreach (var name in _modified)
                    {
                        entry.Property(name).IsModified = true;
                    }

                    break;
                case EntityState.Deleted:
                    entry.State = EntityState.Deleted;
                    entry.OriginalValues.SetValues(_original);
                    break;
            }
        }
    }
}
