#pragma warning disable RS0026 // The overloads differ in their first parameter, so that none can become ambiguous.

using System.Collections.Concurrent;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Opens connections with a password that changes. Its issuer is asked before the password runs out, by one caller for all, and once
/// more when the server refuses it. For a creator of connections, see <see cref="ConnectionCreatorAttribute"/>. Thread safe.
/// </summary>
/// <remarks>A connection that is open stays so when its password has run out.</remarks>
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

    /// <summary>Makes it; no password is asked for yet.</summary>
    /// <param name="issue">Gives a password. What it throws reaches the caller as it is.</param>
    /// <param name="margin">How long before its end a password isn't used any more; 2 minutes by default, and at most half of its life.</param>
    /// <param name="timeProvider">What the time is; the system's by default.</param>
    public RotatingPassword(Func<CancellationToken, ValueTask<ExpiringPassword>> issue, TimeSpan? margin = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(issue);
        (_issue, _margin, _time) = (issue, margin ?? UsualMargin, timeProvider ?? TimeProvider.System);
        ArgumentOutOfRangeException.ThrowIfLessThan(_margin, TimeSpan.Zero, nameof(margin));
    }

    /// <summary>The password that can be used now: the one that is known, or a new one.</summary>
    /// <param name="cancellationToken">Gives up; others who wait for the same password go on.</param>
    public async ValueTask<string> GetPasswordAsync(CancellationToken cancellationToken = default) =>
        (await GetAsync(null, cancellationToken).ConfigureAwait(false)).Password;

    /// <summary>Opens a connection of its own, outside the driver's pool.</summary>
    /// <param name="connectionString">Everything but the password, as an Npgsql connection string.</param>
    /// <param name="cancellationToken">Gives up.</param>
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
            // It was changed or revoked before its time.
            await GetAsync(issued, cancellationToken).ConfigureAwait(false);
        }

        return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="OpenAsync(string, CancellationToken)"/>
    /// <param name="connection">Everything but the password.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return OpenAsync(connection.ConnectionString, cancellationToken);
    }

    /// <summary>The password that can be used now, other than one that was refused.</summary>
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
                // The first caller asks for all that come meanwhile, so its flow and its cancellation must not count.
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
                ?? throw new InvalidOperationException("The issuer of passwords gave null.");
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
        // As for the transactions of users: they may have values of any type.
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var connection = builder.ConnectionStringBuilder;
        connection.Password = null;
        connection.Passfile = null;
        connection.Pooling = false;
        connection.Multiplexing = false;
        PostgreSqlAddress.Secure(connection);

        // Asked before; this one never fails, as the driver would put its own exception around the issuer's.
        builder.UsePasswordProvider(_ => _current!.Password, (_, _) => new ValueTask<string>(_current!.Password));
        return builder.Build();
    }

    private sealed class Issued(string password, DateTimeOffset usedUntil)
    {
        public string Password => password;

        public DateTimeOffset UsedUntil => usedUntil;
    }
}
