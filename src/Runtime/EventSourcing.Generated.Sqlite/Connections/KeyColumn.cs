using System.Runtime.CompilerServices;

namespace EventSourcing.Sqlite;

/// <summary>Binds and reads keys by their type. The compiler knows that of a Guid and leaves one branch; nothing is boxed.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
internal static class KeyColumn<TKey>
    where TKey : notnull
{
    /// <summary>Binds a key to a parameter, counted from 1.</summary>
    public static void Bind(SqliteStatement statement, int index, TKey key)
    {
        if (typeof(TKey) == typeof(Guid))
        {
            statement.BindGuid(index, Unsafe.BitCast<TKey, Guid>(key));
        }
        else
        {
            statement.BindText(index, (string)(object)key);
        }
    }

    /// <summary>Reads a key from a column, counted from 0.</summary>
    public static TKey Read(SqliteStatement statement, int column) => typeof(TKey) == typeof(Guid)
        ? Unsafe.BitCast<Guid, TKey>(statement.ReadGuid(column))
        : (TKey)(object)statement.ReadText(column);
}
