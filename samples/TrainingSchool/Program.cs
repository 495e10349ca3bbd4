using EventSourcing;
using School;

CommandLine commandLine;
try
{
    commandLine = CommandLine.Parse(args);
}
catch (FormatException exception)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine();
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}

try
{
    await RunAsync(commandLine);
    return 0;
}
catch (EventSourcingException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static async Task RunAsync(CommandLine commandLine)
{
    if (commandLine.Command is "help" or "schema")
    {
        Console.WriteLine((commandLine.Command, commandLine.Name) switch
        {
            ("help", _) => CommandLine.Usage,
            (_, "postgresql") => TrainingSchool.SchemaSql.PostgreSql,
            _ => TrainingSchool.SchemaSql.Sqlite,
        });
        return;
    }

    await using var school = await TrainingSchool.OpenAsync(commandLine.Database);
    switch (commandLine.Command)
    {
        case "register":
            await RegisterAsync(school, commandLine.Name);
            await ShowAsync(school, commandLine.Name);
            break;
        case "add-trick":
            await school.AddTrickAsync(commandLine.Name, commandLine.Trick);
            await ShowAsync(school, commandLine.Name);
            break;
        case "show":
            await ShowAsync(school, commandLine.Name);
            break;
        case "tricks":
            await PrintTricksAsync(school, commandLine.Number);
            break;
        case "log":
            await PrintLogAsync(school);
            break;
        default:
            await DemonstrateAsync(school);
            break;
    }
}

static async Task DemonstrateAsync(TrainingSchool school)
{
    var id = Dog.CreateId("Fido");
    if (!await school.Repository.ExistsAsync<Dog>(id))
    {
        await RegisterAsync(school, "Fido");
    }

    var fido = await school.Repository.GetAsync<Dog>(id);
    foreach (var trick in new[] { "roll over", "play dead" }.Except(fido.Tricks))
    {
        await school.AddTrickAsync(fido.Name, trick);
    }

    await ShowAsync(school, "Fido");
    Console.WriteLine();
    await PrintLogAsync(school);
}

static async Task RegisterAsync(TrainingSchool school, string name)
{
    await school.RegisterAsync(name);
    Console.WriteLine($"Registered {name}.");
}

static async Task ShowAsync(TrainingSchool school, string name)
{
    var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId(name));
    Console.WriteLine($"{dog.Name} knows {(dog.Tricks.Count == 0 ? "no tricks yet" : string.Join(", ", dog.Tricks))}.");
}

static async Task PrintTricksAsync(TrainingSchool school, int? number)
{
    // No program runs the projection all the time, so the view is brought up to date here. If one does, this waits for it.
    await school.Projections.RunUntilCaughtUpAsync();
    var rows = await (number is { } known ? FindAsync(school, known) : school.Views.TricksPerDog.ReadAllAsync()).ToListAsync();

    // The rows come in the order of their keys.
    foreach (var row in rows.OrderByDescending(r => r.Tricks).ThenBy(r => r.Name, StringComparer.Ordinal))
    {
        Console.WriteLine($"{row.Tricks,4}  {row.Name}");
    }

    if (rows.Count == 0)
    {
        Console.WriteLine("No dogs.");
    }
}

// A query by an index returns a page of rows.
static async IAsyncEnumerable<TricksPerDog> FindAsync(TrainingSchool school, int tricks)
{
    var view = school.Views.TricksPerDog;
    for (var page = await view.FindByTricksAsync(tricks); page.Count > 0; page = await view.FindByTricksAfterAsync(tricks, page[^1].DogId))
    {
        foreach (var row in page)
        {
            yield return row;
        }
    }
}

static async Task PrintLogAsync(TrainingSchool school)
{
    await foreach (var recording in school.NotificationLog.ReadAllAsync())
    {
        Console.WriteLine($"{recording.Position,4}  {recording.Header.Timestamp:yyyy-MM-dd HH:mm:ss}  {recording.Topic,-14}  {recording.Event}");
    }
}
