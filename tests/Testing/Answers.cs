using System.Net;
using System.Text.Json;
using Xunit;

namespace EventSourcing.Testing;

/// <summary>Reads the answers of web servers.</summary>
internal static class Answers
{
    /// <summary>The JSON of an answer, which must have the status.</summary>
    public static async Task<JsonElement> ReadAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} and not {(int)status}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The answer must be a problem; the text of all of it.</summary>
    public static async Task<string> ReadProblemAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var problem = await response.ReadAsync(status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem.GetRawText();
    }
}
