using EventSourcing;
using EventSourcing.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

public sealed class SqliteAddressTests : SqliteTestBase
{
    [Theory]
    [InlineData("sqlite:///school.db", "school.db", true, 5000)]
    [InlineData("SQLite:///school.db", "school.db", true, 5000)]
    [InlineData("sqlite:////var/data/school.db", "/var/data/school.db", true, 5000)]
    [InlineData("sqlite:///a%20b%3Fc.db?synchronous=normal", "a b?c.db", false, 5000)]
    [InlineData("sqlite:///school.db?synchronous=full&busy_timeout=0", "school.db", true, 0)]
    [InlineData("sqlite:///:memory:", null, true, 5000)]
    [InlineData("sqlite:///:memory:?busy_timeout=7", null, true, 7)]
    [InlineData("Data Source=school.db", "school.db", true, 5000)]
    [InlineData("Data Source=school.db;Mode=ReadWrite;Default Timeout=2", "school.db", true, 2000)]
    [InlineData("Filename=:memory:", null, true, 5000)]
    [InlineData("Data Source=x;Mode=Memory;Pooling=true", null, true, 5000)]
    [InlineData("Data Source=:memory:;Mode=ReadWrite", null, true, 5000)]
    [InlineData("DataSource=school.db;Command Timeout=3", "school.db", true, 3000)]
    [InlineData("Data Source=school.db;Default Timeout=99999999", "school.db", true, int.MaxValue)]
    [InlineData("Data Source=file;Default Timeout=0", "file", true, 0)]
    [InlineData("sqlite:///school.db?busy_timeout=2147483647", "school.db", true, int.MaxValue)]
    [InlineData("sqlite:///a&b=c.db", "a&b=c.db", true, 5000)]
    [InlineData("sqlite:///x", "x", true, 5000)]
    public void Good(string url, string? path, bool full, int busyTimeout)
    {
        var address = SqliteAddress.Parse(url, new EventStoreOptions());
        Assert.Equal((path, full, busyTimeout), (address.Path, address.IsFullySynchronous, address.LockTimeout));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sqlite:///dir/")]
    [InlineData("sqlite:////var/data/")]
    [InlineData("Data Source=dir/")]
    [InlineData("   ")]
    [InlineData("school.db")]
    [InlineData("sqlite:")]
    [InlineData("sqlite:school.db")]
    [InlineData("sqlite:/school.db")]
    [InlineData("sqlite://host/school.db")]
    [InlineData("sqlite://secret:hunter2@host/school.db")]
    [InlineData("sqlite:///%20")]
    [InlineData("sqlite:///a%00b.db")]
    [InlineData("sqlite:///a%0Ab.db")]
    [InlineData("sqlite:///school.db#hunter2")]
    [InlineData("sqlite:///school.db?")]
    [InlineData("sqlite:///school.db?hunter2")]
    [InlineData("sqlite:///school.db?hunter2=1")]
    [InlineData("sqlite:///school.db?mode=ro")]
    [InlineData("sqlite:///school.db?synchronous=off")]
    [InlineData("sqlite:///school.db?synchronous=")]
    [InlineData("sqlite:///school.db?synchronous=full&synchronous=full")]
    [InlineData("sqlite:///school.db?busy_timeout=-1")]
    [InlineData("sqlite:///school.db?busy_timeout=1.5")]
    [InlineData("sqlite:///school.db?busy_timeout=99999999999")]
    [InlineData("postgresql://secret:hunter2@host/db")]
    [InlineData("Data Source=")]
    [InlineData("Data Source=file:school.db?mode=memory")]
    [InlineData("Data Source=school.db;Mode=ReadOnly")]
    [InlineData("Data Source=school.db;Mode=Strange")]
    [InlineData("Data Source=school.db;Cache=Shared")]
    [InlineData("Data Source=school.db;Password=hunter2")]
    [InlineData("Data Source=school.db;hunter2")]
    [InlineData("Data Source=school.db;Synchronous=hunter2")]
    [InlineData("Data Source=school.db;Pooling=hunter2")]
    [InlineData("Data Source=school.db;Default Timeout=hunter2")]
    [InlineData("Data Source=school.db;Default Timeout=99999999999")]
    [InlineData("Host=localhost;Password=hunter2")]
    public void Bad(string url)
    {
        var exception = Assert.Throws<StoreConfigurationException>(() => SqliteAddress.Parse(url, new EventStoreOptions()));
        Assert.DoesNotContain("hunter2", exception.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Such addresses result from a variable that isn't set.</summary>
    [Theory]
    [InlineData("sqlite://")]
    [InlineData("sqlite:///")]
    [InlineData("sqlite:///?busy_timeout=7")]
    [InlineData("sqlite://?busy_timeout=7")]
    public void An_address_without_a_path_is_refused_and_opens_no_store_in_memory(string url)
    {
        var message = Assert.Throws<StoreConfigurationException>(() => SqliteAddress.Parse(url, new EventStoreOptions())).Message;
        Assert.Contains("sqlite:///:memory: for", message, StringComparison.Ordinal);
        Assert.Contains("sqlite:///school.db", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mode=ro", "'mode' isn't an option")]
    [InlineData("abcdefghijklmnopqrst=1", "'abcdefghijklmnopqrst' isn't an option")]
    [InlineData("busy_time", "'busy_time' isn't an option")]
    [InlineData("abcdefghijklmnopqrstu=1", "an option is unknown")]
    [InlineData("Mode=1", "an option is unknown")]
    [InlineData("a1=1", "an option is unknown")]
    [InlineData("=1", "an option is unknown")]
    [InlineData("synchronous=off", "synchronous must be full or normal")]
    [InlineData("busy_timeout=x", "busy_timeout must be a whole number")]
    [InlineData("busy_timeout=1&busy_timeout=1", "occurs twice")]
    public void A_wrong_option_is_named_if_it_looks_like_a_name(string options, string message) =>
        Assert.Contains(message, Assert.Throws<StoreConfigurationException>(() => SqliteAddress.Parse("sqlite:///a.db?" + options, new EventStoreOptions())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sqlite:a", "three slashes")]
    [InlineData("sqlite://a/b", "no host")]
    [InlineData("sqlite:///a#b", "%23")]
    [InlineData("sqlite:///%20", "empty or has control characters")]
    [InlineData("sqlite:///a/", "like the path of a folder")]
    [InlineData("Data Source=a;Mode=ReadOnly", "read-only")]
    [InlineData("Data Source=FILE:a", "path of a file")]
    [InlineData("Data Source=a;Cache=Shared", "only Data Source")]
    [InlineData("nothing", "neither")]
    public void The_message_says_what_is_wrong_with_an_address(string url, string message) =>
        Assert.Contains(message, Assert.Throws<StoreConfigurationException>(() => SqliteAddress.Parse(url, new EventStoreOptions())).Message, StringComparison.Ordinal);

    [Fact]
    public void The_longest_busy_timeout_may_be_set()
    {
        Assert.Throws<ArgumentNullException>(() => SqliteAddress.Parse(Url, null!));
        Assert.Throws<ArgumentNullException>(() => SqliteAddress.Parse(null!, new EventStoreOptions()));
        var longest = SqliteAddress.Parse(Url, new EventStoreOptions { LockTimeout = TimeSpan.FromMilliseconds(int.MaxValue) });
        Assert.Equal((int.MaxValue, true), (longest.LockTimeout, longest.MayCreate));
        Assert.Equal(0, SqliteAddress.Parse(Url, new EventStoreOptions { LockTimeout = TimeSpan.Zero }).LockTimeout);
        Assert.False(SqliteAddress.Parse("Data Source=a;Mode=ReadWrite", new EventStoreOptions()).MayCreate);
    }

    [Fact]
    public async Task A_database_in_memory_needs_no_mode()
    {
        await using var recorder = GeneratedRecorders.WithGuids("Data Source=:memory:;Mode=ReadWrite");
        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(60)]
    public void Busy_timeout_of_the_options_has_a_range(int days) => Assert.Throws<StoreConfigurationException>(() =>
        GeneratedRecorders.WithGuids(Url, new EventStoreOptions { LockTimeout = TimeSpan.FromDays(days) }));

    [Fact]
    public async Task No_file_is_touched_before_the_opening()
    {
        await using var recorder = Open();
        Assert.False(File.Exists(Path));
        await recorder.OpenAsync(Token);
        Assert.True(File.Exists(Path));
    }

    [Fact]
    public async Task Missing_folder_is_refused_and_found_once_it_exists()
    {
        var folder = System.IO.Path.Combine(Folder, "later");
        await using var recorder = GeneratedRecorders.WithGuids($"sqlite:///{folder}/events.db");
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        Directory.CreateDirectory(folder);
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Fact]
    public async Task Missing_file_is_refused_when_it_is_not_to_be_created()
    {
        await using var recorder = GeneratedRecorders.WithGuids($"Data Source={Path};Mode=ReadWrite");
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task File_of_another_kind_is_refused()
    {
        await File.WriteAllTextAsync(Path, new string('x', 5000), Token);
        await using var recorder = Open();
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        Assert.Equal(5000, new FileInfo(Path).Length);
    }

    [Theory]
    [InlineData(3_040_001, false)]
    [InlineData(3_050_006, false)]
    [InlineData(3_050_007, true)]
    [InlineData(3_050_099, true)]
    [InlineData(3_051_000, false)]
    [InlineData(3_051_002, false)]
    [InlineData(3_051_003, true)]
    [InlineData(3_053_003, true)]
    public void Versions_that_lose_pages_are_refused(int number, bool isSafe) => Assert.Equal(isSafe, SqliteVersion.IsSafe(number));

    [Theory]
    [InlineData("Data Source=school.db")]
    [InlineData("Data Source=|DataDirectory|school.db")]
    public async Task One_connection_string_is_one_file_for_the_store_and_the_driver(string connectionString)
    {
        // Relative paths of URLs are not concerned, and no other test uses one in a connection string.
        AppDomain.CurrentDomain.SetData("DataDirectory", Folder);
        try
        {
            await using var recorder = GeneratedRecorders.WithGuids(connectionString);
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            using var connection = new Microsoft.Data.Sqlite.SqliteConnection(connectionString + ";Pooling=False");
            connection.Open();
            Assert.Equal(1L, Query(connection, "SELECT count(*) FROM contract_events"));
            Assert.True(File.Exists(Folder + "/school.db"));
        }
        finally
        {
            AppDomain.CurrentDomain.SetData("DataDirectory", null);
        }
    }
}
