using System.Text.Json.Serialization;
using School;

// Changes of the configuration aren't watched, because that would watch the whole current directory, where the database may be.
var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);

// --Store=URL, or an environment variable of this name, or appsettings.json.
var store = builder.Configuration["Store"] ?? "sqlite:///school.db";

// The names by which the server is called. Requests for others are refused: they come from pages that lead a browser here.
builder.Configuration["AllowedHosts"] ??= "localhost;127.0.0.1;[::1]";

// Paths have names in them, which are private.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 64 * 1024);
builder.Services.AddTrainingSchool(store).AddHostedEventStore<TrainingSchool>();

// In this order: a projection that misses a table stops.
builder.Services.AddHostedService<TablesSetup>();
builder.Services.AddHostedProjections<TrainingSchool>();
builder.Services.AddEventStoreProblemDetails();
builder.Services.AddExceptionHandler<ConstraintHandler>();
builder.Services.AddHealthChecks().AddEventStore<TrainingSchool>();
builder.Services.AddValidation();
builder.Services.AddOpenApi();
builder.Services.ConfigureHttpJsonOptions(json =>
{
    json.SerializerOptions.TypeInfoResolverChain.Insert(0, SchoolJson.Default);
    json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
    json.SerializerOptions.RespectNullableAnnotations = true;
});

var app = builder.Build();

// All errors are answered as problem details (RFC 9457).
app.UseExceptionHandler();
app.UseStatusCodePages();

app.MapPage();
// Only developers can see the description of all endpoints.
if (app.Environment.IsDevelopment())
{
    app.MapOpenApi();
}

app.MapHealthChecks("/health");
app.MapDogs();
app.MapOwners();
app.MapLog();
app.MapLeaderboard();
app.MapSearch();
app.Run();
