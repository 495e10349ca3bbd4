using System.Text;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Every address is accepted, or refused with a typed error that shows no part of a password.</summary>
public sealed class AddressTests(ITestOutputHelper output)
{
    private const string Password = "Qx7vT9mZ4kWp";

    private static readonly string[] Addresses =
    [
        $"postgresql://walter:{Password}@127.0.0.1:5432/bank?sslmode=verify-full&connect_timeout=5",
        $"postgres://walter:{Password}@[::1]:5432,db-2.example.org:5433/bank?target_session_attrs=read-write&max_pool_size=10",
        $"postgresql://walter@/bank?host=/var/run/postgresql&password={Password}&pgbouncer=true&listen=127.0.0.1:5432",
        $"Host=127.0.0.1;Port=5432;Database=bank;Username=walter;Password={Password};SSL Mode=Require;busy_timeout=100",
        $"Server=db-1:5432,db-2;User Id=walter;Pwd='{Password}';Timeout=3;Include Error Detail=true;Include Failed Batched Command=true",
        $"Host=localhost;Password=\"{Password};x\";Options=-c search_path={Password};SSL Certificate=/tmp/c.pem;SSL Password={Password}",
        "sqlite:///folder/school.db?synchronous=normal&busy_timeout=100",
        $"Data Source=school.db;Mode=ReadWriteCreate;Password={Password}",
    ];

    [Theory]
    [InlineData($"postgresql://walter:{Password}127.0.0.1:5432/bank")] // the @ is missing
    [InlineData($"Host=walter:{Password}@127.0.0.1;Database=bank")]
    [InlineData($"Host=walter:{Password}@127.0.0.1:5432;Database=bank")]
    [InlineData($"postgresql://walter:12/{Password}@127.0.0.1/bank")] // the / isn't written as %2F
    [InlineData($"postgresql://walter:{Password}@127.0.0.1:x5432/bank")]
    [InlineData($"postgresql://walter@127.0.0.1/bank?port={Password}")]
    [InlineData($"postgresql://walter@127.0.0.1/bank?sslmode={Password}")]
    [InlineData($"Host=localhost;{Password}=1")]
    [InlineData($"Host=localhost;Port={Password}")]
    [InlineData($"Host=a,,b;Password={Password}")]
    [InlineData($"walter:{Password}@127.0.0.1/bank")]
    [InlineData(" ")]
    [InlineData("")]
    [InlineData("postgresql://walter@/bank?host=/var/run/postgresql&pgbouncer=true&listen= 27.0.=.1:5432")]
    [InlineData("postgresql://walter@127.0.0.1/bank?pgbouncer=true&listen=Qx7vT9mZ4kWp;:5432")]
    [InlineData("Host=127.0.0.1;Database=bank;pgbouncer=true;listen='a=b':5432")]
    public void A_mistyped_address_is_refused_without_its_password(string address)
    {
        var refused = Assert.Throws<StoreConfigurationException>(() => GeneratedRecorders.WithGuidsAt(address));
        AssertShowsNothing(address, refused);
    }

    [Theory]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1:99999/bank", "the port")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1:abc/bank", "the port")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?port=0", "the port")]
    [InlineData("postgresql://walter@%2Fsocket%2Fdir:x/bank", "the port")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?sslmode=bogus", "sslmode")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?sslmode=7", "sslmode")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?channel_binding=", "channel_binding")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?connect_timeout=abc", "connect_timeout")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?max_pool_size=0", "max_pool_size")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?keepalives_idle=-1", "keepalives_idle")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?target_session_attrs=bogus", "target_session_attrs")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?busy_timeout=1.5", "busy_timeout")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?pgbouncer=maybe", "pgbouncer")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?allow_unsafe_settings=", "allow_unsafe_settings")]
    [InlineData($"postgresql://walter:{Password}@127.0.0.1/bank?listen=a:b", "listen")]
    [InlineData($"Host=localhost;Password={Password};Port=99999", "port")]
    [InlineData($"Host=localhost;Password={Password};SSL Mode=bogus", "ssl mode")]
    [InlineData($"Host=localhost;Password={Password};Timeout=abc", "timeout")]
    [InlineData($"Host=localhost;Password={Password};Busy Timeout=abc", "busy_timeout")]
    [InlineData($"Host=localhost;Password={Password};pgbouncer=maybe", "pgbouncer")]
    [InlineData($"postgresql://walter:{Password}/x@127.0.0.1/bank", "%2F")]
    [InlineData($"postgresql://walter:1/{Password}@127.0.0.1/bank", "%2F")]
    [InlineData($"postgresql://walter:{Password}?x@127.0.0.1/bank", "%3F")]
    [InlineData($"postgresql://walter:1?{Password}@127.0.0.1/bank", "%3F")]
    [InlineData($"postgresql://walter:1?{Password}=x@127.0.0.1/bank", "%3F")]
    [InlineData($"postgresql://walter:1#{Password}@127.0.0.1/bank", "%23")]
    public void A_refusal_names_the_wrong_part(string address, string name)
    {
        var refused = Assert.Throws<StoreConfigurationException>(() => GeneratedRecorders.WithGuidsAt(address));
        Assert.Contains(name, refused.Message[..refused.Message.IndexOf("Examples:", StringComparison.Ordinal)], StringComparison.Ordinal);
        AssertShowsNothing(address, refused);
    }

    [Fact]
    public void A_wrong_option_of_the_program_is_not_reported_as_part_of_the_address()
    {
        foreach (var options in new EventStoreOptions[] { new() { SaveTimeout = TimeSpan.Zero }, new() { LockTimeout = TimeSpan.FromDays(-1) } })
        {
            Assert.StartsWith("EventStoreOptions.", Assert.Throws<StoreConfigurationException>(() => GeneratedRecorders.WithGuidsAt("postgresql://localhost", options)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_port_after_the_folder_of_a_socket_is_used()
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt("postgresql://walter@%2Fsocket%2Fdir%3A1:54390/bank");
        var failure = await Assert.ThrowsAsync<TransientStoreException>(() => recorder.OpenAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("/socket/dir:1/.s.PGSQL.54390", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://walter:p%2Fw%40@127.0.0.1:5432/bank")]
    [InlineData("postgresql://walter:p@w@[::1]:5432,db_2.example.org:5433,bücher.example/bank")]
    [InlineData("postgresql:///bank?host=/var/run/postgresql")]
    [InlineData("Host=[::1]:5432;Database=bank")]
    [InlineData("Host=::1;Database=bank")]
    [InlineData("Host=db-1:5432, db-2:5433;Database=bank")]
    public async Task An_address_that_names_its_hosts_is_accepted(string address)
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(address);
    }

    [Fact]
    public async Task Mutated_addresses_are_accepted_or_refused_with_a_typed_error_that_shows_no_password()
    {
        var (taken, refused, rounds) = (0, 0, TestRounds.Of(3_000, 100_000));
        var random = TestRounds.Random(0);
        output.WriteLine($"seed {TestRounds.Seed}");
        for (var round = 0; round < rounds; round++)
        {
            var address = Mutate(Addresses[random.Next(Addresses.Length)], random);
            try
            {
                await using var recorder = GeneratedRecorders.WithGuidsAt(address);
                taken++;
            }
            catch (StoreConfigurationException exception)
            {
                AssertShowsNothing(address, exception);
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {TestRounds.Seed}, '{address}': {exception.GetType().Name}");
            }
        }

        output.WriteLine($"{rounds} addresses: {taken} taken, {refused} refused");
        Assert.True(taken > rounds / 20 && refused > rounds / 20);
    }

    private static void AssertShowsNothing(string address, Exception exception)
    {
        var text = exception.ToString();
        for (var start = 0; start + 6 <= Password.Length; start++)
        {
            Assert.False(text.Contains(Password.Substring(start, 6), StringComparison.Ordinal), $"'{address}' is shown by {text}");
        }
    }

    private static string Mutate(string address, Random random)
    {
        const string Inserted = "/:@?&=%#;,'\"[] 0aZ\\-.\0é\uD83D";
        var text = new StringBuilder(address);
        for (var change = random.Next(1, 4); change > 0 && text.Length > 0; change--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(5))
            {
                case 0:
                    text.Remove(at, 1);
                    break;
                case 1:
                    text.Insert(at, Inserted[random.Next(Inserted.Length)]);
                    break;
                case 2:
                    text[at] = Inserted[random.Next(Inserted.Length)];
                    break;
                case 3:
                    var length = Math.Min(random.Next(1, 20), text.Length - at);
                    text.Insert(random.Next(text.Length), text.ToString(at, length));
                    break;
                case 4:
                    text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
                    break;
            }
        }

        return text.ToString();
    }
}
