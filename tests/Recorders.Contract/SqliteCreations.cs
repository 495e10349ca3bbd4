using EventSourcing;
using Microsoft.Data.Sqlite;

namespace Recorders.Contract;

/// <summary>The connection creator, as the current test sets it.</summary>
public static class SqliteCreations
{
    private static Func<SqliteConnection> _create = () => throw new NotSupportedException();

    /// <summary>How often the creator was asked since it was set.</summary>
    public static int Asked { get; private set; }

    /// <summary>The creator.</summary>
    public static Func<SqliteConnection> Create
    {
        get => _create;
        set => (_create, Asked) = (value, 0);
    }

    public static SqliteConnection CreateConnection()
    {
        Asked++;
        return _create();
    }
}

/// <summary>A school whose connections are created by the test. It is here because the tests see internal types of the provider.</summary>
[EventSourcedApplication(typeof(Dog), TablePrefix = "school")]
[ConnectionCreator(typeof(SqliteCreations), nameof(SqliteCreations.CreateConnection))]
public sealed partial class SqliteCreatorSchool
{
    /// <summary>One that opens when it is first used.</summary>
    public static SqliteCreatorSchool Closed(string url) => Create(url, new());
}
