using System.Diagnostics;
using System.Text.Json.Serialization;
using EventSourcing;

namespace Ordering.Web;

/// <summary>Builds the web server, also for tests, which run it in their own process.</summary>
public static class WebShop
{
    public static WebApplication Create(string[] args)
    {
        // Changes of the configuration aren't watched, because that would watch the whole current directory, where the database may be.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);

        // --Store=URL, or an environment variable of this name, or appsettings.json.
        var store = builder.Configuration["Store"] ?? "sqlite:///shop.db";

        // The names by which the server is called. Requests for others are refused: they come from pages that lead a browser here.
        builder.Configuration["AllowedHosts"] ??= "localhost;127.0.0.1;[::1]";

        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 64 * 1024);

        // On SQLite one transaction holds the file. Ours do nothing slow; the limit is for unforeseen cases.
        var options = new EventStoreOptions { TransactionTimeout = TimeSpan.FromSeconds(10), LockTimeout = TimeSpan.FromSeconds(15) };
        builder.Services.AddShop(store, options).AddHostedEventStore<Shop>();
        builder.Services.AddHostedService<ShopTables>();
        builder.Services.AddEventStoreProblemDetails();
        builder.Services.AddExceptionHandler<RuleHandler>();
        builder.Services.AddHealthChecks().AddEventStore<Shop>();
        builder.Services.AddValidation();
        builder.Services.AddOpenApi();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter());
            json.SerializerOptions.RespectNullableAnnotations = true;
        });

        var app = builder.Build();

        // All errors are answered as problem details (RFC 9457).
        app.UseExceptionHandler();
        app.UseStatusCodePages();

        // All events of a request have its trace. A handler adds what it knows itself.
        app.Use(async (context, next) =>
        {
            using (EventMetadata.Use(new EventMetadata { CorrelationId = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier }))
            {
                await next(context);
            }
        });

        // Only developers can see the description of all endpoints.
        if (app.Environment.IsDevelopment())
        {
            app.MapOpenApi();
        }

        app.MapHealthChecks("/health");
        app.MapCustomers();
        app.MapItems();
        app.MapOrders();
        app.MapLog();
        return app;
    }
}
