using EventSourcing.PostgreSql;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Passwords that change: they are requested in time, once for all callers, and once more when the server refuses one.</summary>
[Collection("Creators")]
public sealed class RotatingPasswordTests : PostgreSqlTestBase
{
    private readonly string _role = "rotating_" + Guid.NewGuid().ToString("N");
    private readonly List<string> _passwords = [];
    private int _asked;

    [Fact]
    public async Task Saves_go_on_while_the_password_rotates()
    {
        var rotating = CreateRole();
        Creations.Of(Database).Connection = token => rotating.OpenAsync(ConnectionString, token);
        await using var school = await CreatorSchool.OpenAsync("postgresql://", cancellationToken: Token);
        await school.SaveAsync(new Dog("Fido"), Token);
        for (var round = 0; round < 5; round++)
        {
            // The known password is refused from now on, and its connections are closed.
            Issue();
            Query($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{_role}'");
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => school.AddTrickAsync("Fido", $"{round} {i}"), Token)));
        }

        Assert.Equal(50, (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token)).Tricks.Count);
        Assert.InRange(_asked, 6, 20);
    }

    [Fact]
    public async Task A_refused_password_is_requested_once_more_and_no_message_shows_one()
    {
        var rotating = CreateRole();
        await (await rotating.OpenAsync(ConnectionString, Token)).DisposeAsync();
        Assert.Equal(1, _asked);
        Issue();
        await (await rotating.OpenAsync(new NpgsqlConnectionStringBuilder(ConnectionString), Token)).DisposeAsync();
        Assert.Equal(2, _asked);
        await using (var connection = await rotating.OpenAsync(ConnectionString, Token))
        {
            Assert.DoesNotContain(_passwords[^1], connection.ConnectionString, StringComparison.Ordinal);
        }

        Assert.Equal(2, _asked);

        // The issuer lags behind.
        var wrong = new RotatingPassword(_ => new(Expiring(_passwords[0])));
        var exception = await Assert.ThrowsAsync<PostgresException>(async () => await wrong.OpenAsync(ConnectionString, Token));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, exception.SqlState);
        Assert.All(_passwords, p => Assert.DoesNotContain(p, exception + Expiring(p).ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_is_requested_before_it_expires()
    {
        var time = new Clock();
        var rotating = new RotatingPassword(_ => new(new ExpiringPassword($"{++_asked}", time.Now.AddMinutes(60))), TimeSpan.FromMinutes(5), time);
        Assert.Equal("1", await rotating.GetPasswordAsync(Token));
        time.Now += TimeSpan.FromMinutes(54);
        Assert.Equal("1", await rotating.GetPasswordAsync(Token));
        time.Now += TimeSpan.FromMinutes(1);
        Assert.Equal("2", await rotating.GetPasswordAsync(Token));

        // A password that is valid for less than twice the margin is used for half of its life.
        var brief = new RotatingPassword(_ => new(new ExpiringPassword($"{++_asked}", time.Now.AddMinutes(4))), TimeSpan.FromMinutes(5), time);
        Assert.Equal("3", await brief.GetPasswordAsync(Token));
        time.Now += TimeSpan.FromSeconds(119);
        Assert.Equal("3", await brief.GetPasswordAsync(Token));
        time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal("4", await brief.GetPasswordAsync(Token));
    }

    [Fact]
    public async Task Callers_that_come_together_request_once_and_a_failure_is_not_kept()
    {
        var answer = new TaskCompletionSource<ExpiringPassword>();
        var rotating = new RotatingPassword(_ => { _asked++; return new(answer.Task); });
        using var impatient = new CancellationTokenSource();
        var first = rotating.GetPasswordAsync(impatient.Token).AsTask();
        var others = Enumerable.Range(0, 10).Select(_ => rotating.GetPasswordAsync(Token).AsTask()).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var exception = new TimeZoneNotFoundException();
        answer.SetException(exception);
        foreach (var other in others)
        {
            Assert.Same(exception, await Record.ExceptionAsync(() => other));
        }

        Assert.Equal(1, _asked);
        answer = new();
        answer.SetResult(Expiring("new"));
        Assert.Equal("new", await rotating.GetPasswordAsync(Token));
    }

    public override void Dispose()
    {
        if (_passwords.Count > 0)
        {
            Query($"DROP OWNED BY {_role}; DROP ROLE {_role}");
        }

        base.Dispose();
    }

    private string ConnectionString => new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Username = _role, Password = null }.ConnectionString;

    private RotatingPassword CreateRole()
    {
        Query($"CREATE ROLE {_role} LOGIN");
        Query($"GRANT ALL ON SCHEMA public TO {_role}");
        Issue();
        return new RotatingPassword(_ =>
        {
            Interlocked.Increment(ref _asked);
            return new(Expiring(_passwords[^1]));
        });
    }

    /// <summary>Changes the password at the server.</summary>
    private void Issue()
    {
        _passwords.Add(Guid.NewGuid().ToString("N"));
        Query($"ALTER ROLE {_role} PASSWORD '{_passwords[^1]}'");
    }

    private static ExpiringPassword Expiring(string password) => new(password, DateTimeOffset.UtcNow.AddHours(1));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
