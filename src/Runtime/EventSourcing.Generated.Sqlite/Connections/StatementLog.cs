using System.Buffers;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// Notes whether all statements of a transaction have succeeded, or were undone by a rollback to a savepoint from before the failure. Used by
/// one thread at a time, like the connection.
/// </summary>
internal sealed class StatementLog
{
    private static readonly SearchValues<string> SavepointWords =
        SearchValues.Create(["savepoint", "release", "rollback"], StringComparison.OrdinalIgnoreCase);

    private readonly sqlite3 _handle;
    private readonly List<Savepoint> _savepoints = [];
    private Exception? _failure;
    private bool _isCommitting;
    private int _writes;

    public StatementLog(sqlite3 handle)
    {
        _handle = handle;
        raw.sqlite3_commit_hook(handle, static log => ((StatementLog)log).OnCommit(), this);
    }

    /// <summary>The failure because of which the transaction can't be committed.</summary>
    public Exception? Failure
    {
        get
        {
            Look();
            return _failure;
        }
    }

    /// <summary>Notes a failure: the transaction can't be committed, unless it goes back to an earlier savepoint.</summary>
    public void Fail(Exception exception) => _failure ??= exception;

    /// <summary>Why no more commands may begin: they would write outside of a transaction.</summary>
    public TransactionException? Refusal { get; set; }

    /// <summary>Notes that a command begins.</summary>
    /// <returns>The value to pass to <see cref="Fail(Exception, int)"/>.</returns>
    public int Begin()
    {
        if (Refusal is not null)
        {
            throw Refusal;
        }

        Look();
        return raw.sqlite3_total_changes(_handle);
    }

    /// <summary>Notes that a command has failed. A refusal by the driver itself counts if a part of the command was done.</summary>
    public void Fail(Exception exception, int before)
    {
        if (exception is SqliteException || raw.sqlite3_total_changes(_handle) != before)
        {
            Fail(exception);
        }
    }

    /// <summary>Notes that a command has succeeded, at least to its first row.</summary>
    public void Succeed(string sql)
    {
        var text = sql.AsSpan().Trim().TrimEnd(';').TrimEnd();
        if (text.IndexOfAny(SavepointWords) < 0)
        {
            return;
        }

        if (TakeWord(ref text, "SAVEPOINT") && TryReadName(text, out var name))
        {
            _savepoints.Add(new Savepoint(name, _failure is null, _writes));
        }
        else if (TakeWord(ref text, "RELEASE") && TakeWord(ref text, "SAVEPOINT", isOptional: true) && TryReadName(text, out name))
        {
            var index = Find(name);
            if (index >= 0)
            {
                _savepoints.RemoveRange(index, _savepoints.Count - index);
            }
        }
        else if (TakeWord(ref text, "ROLLBACK") && TakeWord(ref text, "TRANSACTION", isOptional: true) && TakeWord(ref text, "TO")
            && TakeWord(ref text, "SAVEPOINT", isOptional: true) && TryReadName(text, out name))
        {
            GoBack(Find(name));
        }
        else
        {
            // A savepoint among other statements: it is unknown what a rollback to it would undo.
            _savepoints.Clear();
        }
    }

    /// <summary>Notes that events were written: a rollback to before them would leave saves that count as written.</summary>
    public void NoteWrite() => _writes++;

    /// <summary>
    /// Checks for failures that the driver doesn't report: in a reader that continues, in statements that run when a reader is closed, or in
    /// commands that were created without the connection. SQLite knows the last failure.
    /// </summary>
    public void Look()
    {
        var result = _failure is null ? raw.sqlite3_extended_errcode(_handle) : raw.SQLITE_OK;
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            Fail(SqliteErrors.ToException(result, _handle));
        }
    }

    /// <summary>Notes that the library itself commits from here on.</summary>
    public void BeginCommit() => _isCommitting = true;

    /// <summary>Notes that the commit was refused, and nothing has changed.</summary>
    public void EndCommit() => _isCommitting = false;

    /// <summary>Ends the log: nothing is noted any more.</summary>
    public void End() => raw.sqlite3_commit_hook(_handle, null, null);

    private int OnCommit()
    {
        if (!_isCommitting)
        {
            Fail(new TransactionException("The transaction was committed by a SQL statement instead of CommitAsync."));
        }

        return 0;
    }

    private void GoBack(int index)
    {
        if (index < 0)
        {
            return;
        }

        var savepoint = _savepoints[index];
        _savepoints.RemoveRange(index + 1, _savepoints.Count - index - 1);
        if (savepoint.Writes != _writes)
        {
            Fail(new TransactionException("The events that were written after the savepoint are undone now, so the transaction can only be rolled back."));
        }
        else if (savepoint.WasWell)
        {
            _failure = null;
        }
    }

    private int Find(string name) => _savepoints.FindLastIndex(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool TakeWord(ref ReadOnlySpan<char> text, string word, bool isOptional = false)
    {
        if (!text.StartsWith(word, StringComparison.OrdinalIgnoreCase) || text.Length == word.Length || !(char.IsWhiteSpace(text[word.Length]) || text[word.Length] == '"'))
        {
            return isOptional;
        }

        text = text[word.Length..].TrimStart();
        return true;
    }

    private static bool TryReadName(ReadOnlySpan<char> text, out string name)
    {
        name = "";
        if (text.Length > 2 && text[0] == '"' && text[^1] == '"')
        {
            name = text[1..^1].ToString();
            return !name.Contains('"', StringComparison.Ordinal);
        }

        foreach (var c in text)
        {
            if (!char.IsLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        name = text.ToString();
        return name.Length > 0;
    }

    private readonly record struct Savepoint(string Name, bool WasWell, int Writes);
}
