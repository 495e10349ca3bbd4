namespace Recorders.Tests;

/// <summary>
/// Records all operations on the files of a folder, in order, and restores what a disk could hold of them after a power cut: each write,
/// truncation and name that was synced, and each other one as a whole, not at all, or, for a write, by sectors. A sync may fail. Then no
/// earlier write counts as synced, even after a later sync, because the operating system has discarded those writes.
/// </summary>
internal sealed class PowerCutDisk(string folder)
{
    private const int Sector = 512;
    private const int SyncFailed = 1034;

    private readonly Lock _sync = new();
    private readonly List<Operation> _operations = [];
    private readonly Dictionary<string, int> _files = [];
    private int _inodes;
    private int _syncs;

    public string Folder { get; } = folder + "/";

    /// <summary>The numbers of the syncs that fail, counted from 1.</summary>
    public HashSet<int> FailingSyncs { get; } = [];

    public int Syncs
    {
        get
        {
            lock (_sync)
            {
                return _syncs;
            }
        }
    }

    /// <summary>The number of operations up to now: a moment.</summary>
    public int Now
    {
        get
        {
            lock (_sync)
            {
                return _operations.Count;
            }
        }
    }

    public int Open(string path, bool isNew)
    {
        lock (_sync)
        {
            if (isNew || !_files.ContainsKey(path))
            {
                _files[path] = ++_inodes;
                _operations.Add(new Operation(What.Create, _inodes, Path: path));
            }

            return _files[path];
        }
    }

    public void Delete(string path, bool isDurable)
    {
        lock (_sync)
        {
            _files.Remove(path);
            _operations.Add(new Operation(What.Delete, 0, Path: path));
            if (isDurable)
            {
                _operations.Add(new Operation(What.SyncFolder, 0));
            }
        }
    }

    public void Write(int file, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_sync)
        {
            _operations.Add(new Operation(What.Write, file, offset, bytes.ToArray()));
        }
    }

    public void Truncate(int file, long size)
    {
        lock (_sync)
        {
            _operations.Add(new Operation(What.Truncate, file, size));
        }
    }

    public int Sync(int file, bool isOfFolder)
    {
        lock (_sync)
        {
            if (FailingSyncs.Contains(++_syncs))
            {
                _operations.Add(new Operation(What.FailedSync, file));
                return SyncFailed;
            }

            _operations.Add(new Operation(What.Sync, file));
            if (isOfFolder)
            {
                _operations.Add(new Operation(What.SyncFolder, 0));
            }

            return 0;
        }
    }

    /// <summary>Creates the files that could exist when the power fails at a moment, without the shared memory of the connections.</summary>
    public void Restore(int moment, Random random, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var (path, file) in NamesAt(moment, random))
        {
            File.WriteAllBytes(Path.Combine(target, Path.GetFileName(path)), ContentAt(moment, file, random));
        }
    }

    private Dictionary<string, int> NamesAt(int moment, Random random)
    {
        // The folder's changes happen in order, up to some point after the last sync.
        var changes = _operations.Take(moment).Where(o => o.What is What.Create or What.Delete or What.SyncFolder).ToList();
        var durable = changes.FindLastIndex(o => o.What == What.SyncFolder) + 1;
        var names = new Dictionary<string, int>();
        foreach (var change in changes.Take(random.Next(durable, changes.Count + 1)))
        {
            if (change.What == What.Create)
            {
                names[change.Path!] = change.File;
            }
            else if (change.What == What.Delete)
            {
                names.Remove(change.Path!);
            }
        }

        return names;
    }

    private byte[] ContentAt(int moment, int file, Random random)
    {
        var operations = _operations.Take(moment).Where(o => o.File == file).ToList();
        // The next sync decides: it makes a write durable, or it fails and the write is discarded.
        var safe = new bool[operations.Count];
        for (var (i, isNextGood) = (operations.Count - 1, false); i >= 0; i--)
        {
            isNextGood = operations[i].What switch { What.Sync => true, What.FailedSync => false, _ => isNextGood };
            safe[i] = isNextGood;
        }

        // The part of the unsynced writes that reaches the disk: all of them, as after a killed process, none, or some.
        var whole = random.Next(4) switch { 0 => 1, 1 => 0, _ => random.NextDouble() };
        var torn = random.NextDouble();
        var content = new List<byte>();
        for (var i = 0; i < operations.Count; i++)
        {
            var (operation, isSafe) = (operations[i], safe[i]);
            if (operation.What == What.Truncate)
            {
                if (isSafe || random.NextDouble() < whole)
                {
                    Resize(content, (int)operation.Offset);
                }
            }
            else if (operation.What == What.Write)
            {
                if (isSafe || random.NextDouble() < whole)
                {
                    Put(content, operation, _ => true);
                }
                else if (random.NextDouble() < torn)
                {
                    Put(content, operation, _ => random.Next(2) == 0);
                }
            }
        }

        return [.. content];
    }

    private static void Put(List<byte> content, Operation write, Func<long, bool> isThere)
    {
        var (last, isLastThere) = (-1L, false);
        for (var i = 0; i < write.Bytes!.Length; i++)
        {
            var at = write.Offset + i;
            if (at / Sector != last)
            {
                (last, isLastThere) = (at / Sector, isThere(at / Sector));
            }

            if (!isLastThere)
            {
                continue;
            }

            if (at >= content.Count)
            {
                Resize(content, (int)at + 1);
            }

            content[(int)at] = write.Bytes[i];
        }
    }

    private static void Resize(List<byte> content, int size)
    {
        if (size < content.Count)
        {
            content.RemoveRange(size, content.Count - size);
        }
        else
        {
            content.AddRange(new byte[size - content.Count]);
        }
    }

    private enum What
    {
        Create,
        Delete,
        Write,
        Truncate,
        Sync,
        FailedSync,
        SyncFolder,
    }

    private sealed record Operation(What What, int File, long Offset = 0, byte[]? Bytes = null, string? Path = null);
}
