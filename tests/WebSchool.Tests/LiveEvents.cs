using System.Globalization;
using System.Net;
using System.Text.Json;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>A stream of server-sent events, read as a browser does.</summary>
internal sealed class LiveEvents : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private LiveEvents(HttpResponseMessage response, Stream stream) => (_response, _reader) = (response, new StreamReader(stream));

    public static async Task<LiveEvents> OpenAsync(HttpClient client, long? lastEventId = null, long? after = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, after is null ? "/log/live" : $"/log/live?after={after}");
        if (lastEventId is { } id)
        {
            request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        }
        // The headers come at once, even when there is no event yet.
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new LiveEvents(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event and its id; null at the end of the stream.</summary>
    public async Task<(long Id, JsonElement Event)?> NextAsync()
    {
        long id = 0;
        var data = "";
        while (await _reader.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = long.Parse(line[4..], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
            else if (line.Length == 0 && data.Length > 0)
            {
                return (id, JsonDocument.Parse(data).RootElement);
            }
        }

        return null;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
