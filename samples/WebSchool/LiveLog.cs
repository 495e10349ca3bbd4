using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using EventSourcing;

namespace School;

/// <summary>Writes events as a stream of server-sent ones. The id of each is its position, which a client sends back to continue.</summary>
internal static class LiveLog
{
    /// <summary>A line now and then, so that no proxy takes the silence for an end, and a disconnected client is noticed.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static async Task WriteAsync(HttpResponse response, IAsyncEnumerable<RecordedEvent<Guid>> recordings, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        var writer = response.BodyWriter;
        await using var events = recordings.GetAsyncEnumerator(cancellationToken);
        var next = Task.FromResult(false);
        try
        {
            // A client that lost the connection reconnects after a second.
            await WriteLineAsync(writer, "retry: 1000\n\n", cancellationToken);
            while (await WaitAsync(next = events.MoveNextAsync().AsTask(), writer, cancellationToken))
            {
                Write(writer, LogEndpoints.Show(events.Current));
                await writer.FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client has disconnected, or the server stops: such streams end in this way.
        }
        finally
        {
            // An enumeration can't be disposed of while it is moving.
            await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static async Task<bool> WaitAsync(Task<bool> next, PipeWriter writer, CancellationToken cancellationToken)
    {
        while (!next.IsCompleted)
        {
            try
            {
                return await next.WaitAsync(Heartbeat, cancellationToken);
            }
            catch (TimeoutException) when (!next.IsFaulted)
            {
                await WriteLineAsync(writer, ":\n\n", cancellationToken);
            }
        }

        return await next;
    }

    private static void Write(PipeWriter writer, LogEntry entry)
    {
        writer.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {entry.Position}\nevent: recorded\ndata: ")));
        using (var json = new Utf8JsonWriter(writer)) // without indentation it is a single line
        {
            JsonSerializer.Serialize(json, entry, SchoolJson.Default.LogEntry);
        }

        writer.Write("\n\n"u8);
    }

    private static async ValueTask WriteLineAsync(PipeWriter writer, string line, CancellationToken cancellationToken)
    {
        await writer.WriteAsync(Encoding.UTF8.GetBytes(line), cancellationToken);
        await writer.FlushAsync(cancellationToken);
    }
}
