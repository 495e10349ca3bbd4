namespace EventSourcing.PostgreSql;

/// <summary>
/// Settings of an application's tables on PostgreSQL, beside its <see cref="EventSourcedApplicationAttribute"/>. Stores on other engines don't
/// use them.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PostgreSqlTablesAttribute : Attribute
{
    /// <summary>
    /// The schema of the tables; <c>public</c> without it. At most 63 letters (a to z), digits and underscores, the first a letter or an
    /// underscore; not one of the server's own, which begin with <c>pg_</c>.
    /// </summary>
    public string? Schema { get; set; }

    /// <summary>
    /// Whether the transaction that appends also sends the NOTIFY of the Python package, for Python programs that listen. False by default:
    /// listeners are told after the commit, at no cost to appends.
    /// </summary>
    public bool NotifyInTransaction { get; set; }
}
