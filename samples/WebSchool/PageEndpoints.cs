using System.Net.Mime;

namespace School;

/// <summary>A page to register dogs, teach them tricks, and watch the log.</summary>
internal static class PageEndpoints
{
    public static void MapPage(this WebApplication app)
    {
        Map(app, "/", "page.html", MediaTypeNames.Text.Html);
        Map(app, "/page.css", "page.css", MediaTypeNames.Text.Css);
        Map(app, "/page.js", "page.js", MediaTypeNames.Text.JavaScript);
        Map(app, "/page.svg", "page.svg", MediaTypeNames.Image.Svg);
    }

    private static void Map(WebApplication app, string path, string resource, string contentType)
    {
        using var stream = typeof(PageEndpoints).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The program lacks its {resource}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        app.MapGet(path, (HttpResponse response) =>
        {
            // Only our own files are loaded, and no script that is part of a name runs.
            response.Headers.ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.CacheControl = "no-cache";
            return TypedResults.Bytes(bytes, $"{contentType}; charset=utf-8");
        }).ExcludeFromDescription();
    }
}
