using System.Globalization;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using EventSourcing.Testing;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The sample on a database file, the same whether it is jitted or native.</summary>
public abstract class TrainingSchoolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected abstract Task<Command> RunInAsync(string folder, params IEnumerable<string> arguments);

    [Fact]
    public async Task Without_arguments_Fido_is_registered_and_taught_once()
    {
        var first = await RunAsync();
        var second = await RunAsync();

        Assert.Equal(0, first.ExitCode);
        Assert.StartsWith("Registered Fido.\nFido knows roll over, play dead.\n\n   1  ", first.Output, StringComparison.Ordinal);
        Assert.EndsWith("  Dog.TrickAdded  TrickAdded { Trick = play dead }\n", first.Output, StringComparison.Ordinal);
        Assert.Equal(0, second.ExitCode);
        Assert.Equal(first.Output["Registered Fido.\n".Length..], second.Output);
        Assert.True(File.Exists(_folder.PathOf("school.db")));
    }

    [Fact]
    public async Task Commands_work_on_the_database_that_is_named()
    {
        Assert.Equal("Registered Rex.\nRex knows no tricks yet.\n", (await RunAsync("--database", "sqlite:///other.db", "register", "Rex")).Output);
        Assert.Equal("Rex knows sit down.\n", (await RunAsync("add-trick", "Rex", "sit down", "--database", "sqlite:///other.db")).Output);
        Assert.Equal("Rex knows sit down.\n", (await RunAsync("show", "Rex", "--database", "Data Source=other.db")).Output);

        var log = (await RunAsync("log", "--database", "sqlite:///other.db")).Output.Split('\n');
        Assert.Equal(["   1", "   2", ""], log.Select(l => l.Length == 0 ? "" : l[..4]));
        Assert.False(File.Exists(_folder.PathOf("school.db")));
    }

    [Fact]
    public async Task A_tool_reads_the_file_without_the_application()
    {
        await RunAsync();

        await using var recorder = SqliteRecorder<Guid>.ForTables($"sqlite:///{_folder.PathOf("school.db")}", "trainingschool");
        var log = await recorder.SelectNotificationsAsync(10, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["Dog.Registered", "Dog.TrickAdded", "Dog.TrickAdded"], log.Select(n => n.Topic));
        Assert.Equal([1L, 2L, 3L], log.Select(n => n.OriginatorVersion));
    }

    [Fact]
    public async Task The_url_leads_to_PostgreSQL()
    {
        using var database = new PostgreSqlDatabase();

        var first = await RunAsync("--database", database.Url);
        var second = await RunAsync("--database", database.Url);
        var log = await RunAsync("log", "--database", database.ConnectionString);

        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.StartsWith("Registered Fido.\nFido knows roll over, play dead.\n\n   1  ", first.Output, StringComparison.Ordinal);
        Assert.Equal(first.Output["Registered Fido.\n".Length..], second.Output);
        Assert.EndsWith(log.Output, second.Output, StringComparison.Ordinal);
        Assert.Equal(3, Convert.ToInt32(database.Query("SELECT count(*) FROM trainingschool_events"), CultureInfo.InvariantCulture));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tricks_are_counted_by_the_view(bool postgreSql)
    {
        using var database = postgreSql ? new PostgreSqlDatabase() : null;
        var url = database?.Url ?? "sqlite:///school.db";
        Assert.Equal("No dogs.\n", (await RunAsync("tricks", "--database", url)).Output);
        await RunAsync("register", "Rex", "--database", url);
        await RunAsync("register", "Bello", "--database", url);
        await RunAsync("--database", url);

        Assert.Equal("   2  Fido\n   0  Bello\n   0  Rex\n", (await RunAsync("tricks", "--database", url)).Output);
        Assert.Equal("   0  Bello\n   0  Rex\n", (await RunAsync("tricks", "0", "--database", url)).Output);

        await RunAsync("add-trick", "Rex", "sit", "--database", url);
        Assert.Equal("   2  Fido\n   1  Rex\n   0  Bello\n", (await RunAsync("tricks", "--database", url)).Output);
        Assert.Equal("No dogs.\n", (await RunAsync("tricks", "3", "--database", url)).Output);
    }

    [Fact]
    public async Task Memory_has_no_dogs()
    {
        var tricks = await RunAsync("tricks", "--database", "memory:");

        Assert.Equal((0, "No dogs.\n", ""), (tricks.ExitCode, tricks.Output, tricks.Error));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task The_view_is_built_in_a_file_that_has_only_events()
    {
        await RunAsync();
        Execute("DROP TABLE trainingschool_tricks_per_dog; DROP TABLE trainingschool_projections");

        Assert.Equal("Fido knows roll over, play dead.\n", (await RunAsync("show", "Fido")).Output);
        Assert.Equal("   2  Fido\n", (await RunAsync("tricks")).Output);
    }

    [Fact]
    public async Task The_script_creates_the_tables_in_PostgreSQL()
    {
        using var database = new PostgreSqlDatabase();

        var script = await RunAsync("schema", "postgresql");
        database.Query(script.Output);

        Assert.EndsWith(";\n", script.Output, StringComparison.Ordinal);
        Assert.Equal("Registered Rex.\nRex knows no tricks yet.\n", (await RunAsync("register", "Rex", "--database", database.Url)).Output);
        Assert.Equal("   0  Rex\n", (await RunAsync("tricks", "--database", database.Url)).Output);
    }

    [Theory]
    [InlineData("schema")]
    [InlineData("schema", "sqlite")]
    public async Task The_script_creates_the_tables_in_SQLite(params string[] arguments)
    {
        var script = await RunAsync(arguments);
        Assert.EndsWith(";\n", script.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));

        Execute(script.Output);

        Assert.Equal("Registered Rex.\nRex knows no tricks yet.\n", (await RunAsync("register", "Rex")).Output);
        Assert.Equal("   0  Rex\n", (await RunAsync("tricks")).Output);
    }

    [Fact]
    public async Task Help_is_not_an_error()
    {
        var help = await RunAsync("--help");

        Assert.Equal(0, help.ExitCode);
        Assert.StartsWith("Usage: TrainingSchool", help.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'register' lacks a NAME.", "register")]
    [InlineData("'add-trick' lacks a TRICK.", "add-trick", "Fido")]
    [InlineData("'show' has too many arguments. Put quotes around a name of several words.", "show", "Fido", "Rex")]
    [InlineData("'log' has too many arguments. Put quotes around a name of several words.", "log", "all")]
    [InlineData("'schema' has too many arguments. Put quotes around a name of several words.", "schema", "sqlite", "postgresql")]
    [InlineData("'tricks' has too many arguments. Put quotes around a name of several words.", "tricks", "1", "2")]
    [InlineData("many isn't a number of tricks.", "tricks", "many")]
    [InlineData("There is no engine oracle; there are sqlite and postgresql.", "schema", "oracle")]
    [InlineData("There is no command sell.", "sell", "Fido")]
    [InlineData("There is no option --force.", "--force")]
    [InlineData("--database needs a URL.", "log", "--database")]
    [InlineData("--database is given twice.", "--database", "memory:", "--database", "memory:")]
    [InlineData("An argument is empty.", "register", " ")]
    public async Task A_wrong_use_is_explained(string message, params string[] arguments)
    {
        var wrong = await RunAsync(arguments);

        Assert.Equal(2, wrong.ExitCode);
        Assert.Equal("", wrong.Output);
        Assert.StartsWith($"{message}\n\nUsage: TrainingSchool", wrong.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_refusal_of_the_library_is_printed_as_one_line()
    {
        await RunAsync();
        string[][] refused =
        [
            ["register", "Fido"],
            ["show", "Rex"],
            ["log", "--database", "oracle://host"],
            ["tricks", "--database", "oracle://host"],
            ["log", "--database", "sqlite:///no/such/folder/school.db"],
        ];
        foreach (var arguments in refused)
        {
            var command = await RunAsync(arguments);

            Assert.Equal(1, command.ExitCode);
            Assert.Equal("", command.Output);
            Assert.Equal(command.Error.Length - 1, command.Error.IndexOf('\n', StringComparison.Ordinal));
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.PathOf("school.db")};Pooling=false");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private Task<Command> RunAsync(params IEnumerable<string> arguments) => RunInAsync(_folder.Path, arguments);
}

/// <summary>As <c>dotnet run</c> starts it.</summary>
public sealed class JittedTrainingSchoolTests : TrainingSchoolTests
{
    private protected override Task<Command> RunInAsync(string folder, params IEnumerable<string> arguments) =>
        SamplePrograms.RunAsync(folder, "TrainingSchool", arguments);
}

/// <summary>As <c>dotnet publish</c> makes it, natively and without a warning.</summary>
public sealed class NativeTrainingSchoolTests(NativeTrainingSchool native) : TrainingSchoolTests, IClassFixture<NativeTrainingSchool>
{
    private protected override Task<Command> RunInAsync(string folder, params IEnumerable<string> arguments) =>
        native.RunAsync(folder, arguments);

    [Fact]
    public async Task Publishing_warns_of_nothing() => Assert.DoesNotContain("warning", await native.PublishAndReadOutputAsync(), StringComparison.OrdinalIgnoreCase);
}

/// <summary>The sample, compiled natively.</summary>
public sealed class NativeTrainingSchool() : PublishedProgram("samples/TrainingSchool", "TrainingSchool");
