namespace EventSourcing;

/// <summary>
/// Names the method that creates the connections of an application to its database. It is called each time a physical connection is
/// needed. Use it for passwords that change, connectors of a cloud, and drivers that need more than a URL. At most one for each provider.
/// </summary>
/// <param name="type">The class of the method.</param>
/// <param name="method">
/// <para>
/// The name of a static method that the application can reach. Its return type determines the provider. For PostgreSQL: a
/// <c>NpgsqlConnection</c>, or a <c>Task</c> or <c>ValueTask</c> of one, open or not; or a <c>NpgsqlDataSource</c>, which is requested only
/// once and whose own pool then holds the connections. It may take a <see cref="CancellationToken"/>. For SQLite: a <c>SqliteConnection</c>,
/// open or not, to the file that the URL names.
/// </para>
/// <para>
/// Its exceptions reach the caller of the save or read as they are, and it isn't called again for the same work. It is called outside
/// the async flow of that caller.
/// </para>
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false, AllowMultiple = true)]
public sealed class ConnectionCreatorAttribute(Type type, string method) : Attribute
{
    /// <summary>The class of the method.</summary>
    public Type Type { get; } = type;

    /// <summary>The name of the method.</summary>
    public string Method { get; } = method;
}
