#pragma warning disable RS0026 // The overloads differ in their first parameter, so that none can become ambiguous.

using System.Collections.Concurrent;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Opens connections with a password that changes. Its issuer is called before the password expires, by one caller for all, and once more if
/// the server refuses the password. For a creator of connections, see <see cref="ConnectionCreatorAttribute"/>. Thread safe.
/// </summary>
/// <remarks>An open connection stays open when its password has expired.</remarks>
public sealed class RotatingPassword
{
    private static readonly TimeSpan UsualMargin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestAsking = TimeSpan.FromSeconds(30);

    private readonly Func<CancellationToken, ValueTask<ExpiringPassword>> _issue;
    private readonly TimeSpan _margin;
    private readonly TimeProvider _time;
    private readonly Lock _sync = new();
    private readonly ConcurrentDictionary<string, NpgsqlDataSource> _dataSources = new(StringComparer.Ordinal);
    private volatile Issued? _current;
    private Task<Issued>? _asking;

    /// <summary>Creates it; no password is requested yet.</summary>
    /// <param name="issue">Returns a password. Its exceptions reach the caller as they are.</param>
    /// <param name="margin">How long before its expiry a password isn't used any more; 2 minutes by default, and at most half of its life.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    public RotatingPassword(Func<CancellationToken, ValueTask<ExpiringPassword>> issue, TimeSpan? margin = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(issue);
        (_issue, _margin, _time) = (issue, margin ?? UsualMargin, timeProvider ?? TimeProvider.System);
        ArgumentOutOfRangeException.ThrowIfLessThan(_margin, TimeSpan.Zero, nameof(margin));
    }

    /// <summary>Returns a password that is valid now: the known one, or a new one.</summary>
    /// <param name="cancellationToken">Cancels the call; other callers that wait for the same password continue.</param>
    public async ValueTask<string> GetPasswordAsync(CancellationToken cancellationToken = default) =>
        (await GetAsync(null, cancellationToken).ConfigureAwait(false)).Password;

    /// <summary>Opens a connection of its own, outside the driver's pool.</summary>
    /// <param name="connectionString">Everything but the password, as an Npgsql connection string.</param>
    /// <param name="cancellationToken">Cancels the call. No connection is open then.</param>
    /// <returns>The open connection.</returns>
    /// <exception cref="NpgsqlException">The server can't be reached, or has refused two passwords.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        var dataSource = _dataSources.TryGetValue(connectionString, out var known)
            ? known
            : _dataSources.GetOrAdd(connectionString, CreateDataSource(connectionString));
        var issued = await GetAsync(null, cancellationToken).ConfigureAwait(false);
        try
        {
            return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            // The password was changed or revoked before its time.
            await GetAsync(issued, cancellationToken).ConfigureAwait(false);
        }

        return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="OpenAsync(string, CancellationToken)"/>
    /// <param name="connection">Everything but the password.</param>
    /// <param name="cancellationToken">Cancels the call. No connection is open then.</param>
    public ValueTask<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return OpenAsync(connection.ConnectionString, cancellationToken);
    }

    /// <summary>Returns a password that is valid now, other than one that was refused.</summary>
    private async Task<Issued> GetAsync(Issued? refused, CancellationToken cancellationToken)
    {
        Task<Issued> asking;
        lock (_sync)
        {
            if (_current is { } current && current != refused && _time.GetUtcNow() < current.UsedUntil)
            {
                return current;
            }

            if (_asking is null)
            {
                // The first caller asks for all that come meanwhile, so its flow and its cancellation must not apply.
                var own = new TaskCompletionSource<Issued>(TaskCreationOptions.RunContinuationsAsynchronously);
                _asking = own.Task;
                _ = Background.Start(() => Task.Run(() => AskAsync(own), CancellationToken.None));
            }

            asking = _asking;
        }

        return await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task AskAsync(TaskCompletionSource<Issued> asking)
    {
        try
        {
            using var limit = new CancellationTokenSource(LongestAsking, _time);
            var password = await _issue(limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false)
                ?? throw new InvalidOperationException("The issuer of passwords returned null.");
            var now = _time.GetUtcNow();
            var half = (password.ExpiresOn - now) / 2;
            _current = new Issued(password.Password, password.ExpiresOn - (half < _margin ? half : _margin));
            End();
            asking.SetResult(_current);
        }
        catch (Exception exception)
        {
            End();
            asking.SetException(exception);
        }

        void End()
        {
            lock (_sync)
            {
                _asking = null;
            }
        }
    }

    private NpgsqlDataSource CreateDataSource(string connectionString)
    {
        // As for the transactions of users: they may use values of any type.
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var connection = builder.ConnectionStringBuilder;
        connection.Password = null;
        connection.Passfile = null;
        connection.Pooling = false;
        connection.Multiplexing = false;
        PostgreSqlAddress.Secure(connection);

        // Requested before; this one never fails, because the driver would wrap the issuer's exception in its own.
        builder.UsePasswordProvider(_ => _current!.Password, (_, _) => new ValueTask<string>(_current!.Password));
        return builder.Build();
    }

    private sealed class Issued(string password, DateTimeOffset usedUntil)
    {
        public string Password => password;

        public DateTimeOffset UsedUntil => usedUntil;
    }
}
