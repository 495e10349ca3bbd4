using System.Collections.Frozen;
using System.Collections.Immutable;

namespace EventSourcing.Serializers.Tests.Types;

/// <summary>Collections that find their items by hash codes that a writer of rows can predict.</summary>
[EventSourced]
public sealed partial class Hashed
{
    [Event("Made")]
    public partial Hashed(Guid id);
    private void Apply(Made e)
    {
    }

    [Event("Longs")]
    public partial void AddLongs(HashSet<long> items);
    private void Apply(Longs e)
    {
    }

    [Event("Ints")]
    public partial void AddInts(HashSet<int> items);
    private void Apply(Ints e)
    {
    }

    [Event("ImmutableLongs")]
    public partial void AddImmutable(ImmutableHashSet<long> items);
    private void Apply(ImmutableLongs e)
    {
    }

    [Event("FrozenLongs")]
    public partial void AddFrozen(FrozenSet<long> items);
    private void Apply(FrozenLongs e)
    {
    }

    [Event("Guids")]
    public partial void AddGuids(IReadOnlySet<Guid> items);
    private void Apply(Guids e)
    {
    }

    [Event("Keys")]
    public partial void AddKeys(HashSet<CountedKey> items);
    private void Apply(Keys e)
    {
    }

    [Event("LongMap")]
    public partial void AddMap(Dictionary<long, int> items);
    private void Apply(LongMap e)
    {
    }

    [Event("ImmutableLongMap")]
    public partial void AddImmutableMap(ImmutableDictionary<long, int> items);
    private void Apply(ImmutableLongMap e)
    {
    }
}

/// <summary>A key that counts its comparisons.</summary>
public readonly record struct CountedKey(long Value)
{
    [ThreadStatic]
    private static int _comparisons;

    public static int Comparisons => _comparisons;

    public bool Equals(CountedKey other)
    {
        _comparisons++;
        return Value == other.Value;
    }

    public override int GetHashCode() => Value.GetHashCode();
}
