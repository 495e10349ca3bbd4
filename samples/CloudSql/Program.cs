using CloudSql;
using EventSourcing;
using Npgsql;

const string Usage = """
    Usage: CloudSql           connects to Google Cloud SQL, with IAM tokens of the credentials that the program runs with
           CloudSql --local   connects to a PostgreSQL server of your own, whose tokens this program issues and revokes

    The environment says where:
      CLOUDSQL_HOST         the address of the instance
      CLOUDSQL_SERVER_CA    the file with the certificate of the instance's authority
      CLOUDSQL_DATABASE     the database
      CLOUDSQL_USER         the IAM user: for a service account its address without .gserviceaccount.com
      CLOUDSQL_LOCAL        with --local, instead of all but the user: an administrator's connection string
    """;

try
{
    switch (args)
    {
        case []:
            Connections.Configure(InTheCloud(), new GoogleTokenIssuer());
            await RunAsync(null);
            return 0;
        case ["--local"]:
            var (administrator, user) = (Variable("CLOUDSQL_LOCAL"), Variable("CLOUDSQL_USER"));
            var issuer = new LocalTokenIssuer(administrator, user);
            await issuer.CreateRoleAsync(CancellationToken.None);
            Connections.Configure(new NpgsqlConnectionStringBuilder(administrator) { Username = user, Password = null }.ConnectionString, issuer);
            await RunAsync(issuer);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (FormatException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n\n{Usage}");
    return 2;
}
catch (Exception exception) when (exception is EventSourcingException or NpgsqlException or InvalidOperationException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

// Cloud SQL takes tokens over TLS alone. The instance's certificate doesn't name its address, but its authority is the instance's own.
static string InTheCloud() => new NpgsqlConnectionStringBuilder
{
    Host = Variable("CLOUDSQL_HOST"),
    Database = Variable("CLOUDSQL_DATABASE"),
    Username = Variable("CLOUDSQL_USER"),
    SslMode = SslMode.VerifyCA,
    RootCertificate = Variable("CLOUDSQL_SERVER_CA"),
}.ConnectionString;

static string Variable(string name) =>
    Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new FormatException($"The variable {name} is missing.");

static async Task RunAsync(LocalTokenIssuer? local)
{
    // The creator of connections knows the address of the database.
    await using var school = await TrainingSchool.OpenAsync("postgresql://?max_pool_size=10");
    var id = Dog.CreateId("Fido");
    if (!await school.Repository.ExistsAsync<Dog>(id))
    {
        await school.RegisterAsync("Fido");
    }

    var fido = await school.Repository.GetAsync<Dog>(id);
    foreach (var trick in new[] { "roll over", "play dead", "sit" }.Except(fido.Tricks))
    {
        if (local is not null)
        {
            await local.RevokeAsync(CancellationToken.None);
        }

        await school.AddTrickAsync("Fido", trick);
    }

    fido = await school.Repository.GetAsync<Dog>(id);
    Console.WriteLine($"{fido.Name} knows {string.Join(", ", fido.Tricks)}.");
    if (local is not null)
    {
        Console.WriteLine($"{local.Issued} tokens were issued.");
    }
}
