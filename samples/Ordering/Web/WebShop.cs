using System.Diagnostics;
using System.Text.Json.Serialization;
using EventSourcing;

namespace Ordering.Web;

/// <summary>The web server, put together: also by tests, which run it in their own process.</summary>
public static class WebShop
{
    public static WebApplication Create(string[] args)
    {
        // Changes of the configuration aren't watched for: that would watch the whole current directory, where the database may lie.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);

        // --Store=URL, or an environment variable of this name, or appsettings.json.
        var store = builder.Configuration["Store"] ?? "sqlite:///shop.db";

        // The names by which the server is called. Requests for others are refused: they come from pages that lead a browser here.
        builder.Configuration["AllowedHosts"] ??= "localhost;127.0.0.1;[::1]";

        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 64 * 1024);

        // On SQLite one transaction holds the file. Nothing slow happens in ours; the limit is for what we haven't thought of.
        var options = new EventStoreOptions { TransactionTimeout = TimeSpan.FromSeconds(10), BusyTimeout = TimeSpan.FromSeconds(15) };
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

        // Where everything can be called, and how, is told to developers alone.
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
