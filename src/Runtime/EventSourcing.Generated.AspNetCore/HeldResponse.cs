using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace EventSourcing.AspNetCore;

/// <summary>
/// Holds back the body of a response, and with it the beginning of the response, until it is sent on purpose: at the end, or when the handler
/// streams. It streams when it flushes Response.Body, switches buffering off, sends a file, completes the response, writes more than the limit,
/// or writes a response of a kind that is made for streaming. Flushing Response.BodyWriter alone doesn't count, because every text and JSON
/// response does that.
/// </summary>
internal sealed class HeldResponse : IHttpResponseBodyFeature
{
    private const int LeastFarOver = 1 << 20;

    private static readonly string[] StreamingTypes = ["text/event-stream", "application/grpc", "application/x-ndjson", "application/jsonl", "application/json-seq"];

    private readonly HttpContext _context;
    private readonly int _limit;
    private readonly IExceptionHandlerFeature? _handledBefore;
    private ArrayBufferWriter<byte>? _buffer;
    private HeldResponseWriter? _writer;
    private HeldResponseStream? _stream;
    private bool _hasDropped;
    private bool _mustStart;
    private bool _isUnbuffered;
    private bool _hasBody;

    public HeldResponse(HttpContext context, IHttpResponseBodyFeature inner, int limit)
    {
        (_context, Inner, _limit) = (context, inner, limit);
        _handledBefore = context.Features.Get<IExceptionHandlerFeature>();
    }

    /// <summary>The feature that sends.</summary>
    public IHttpResponseBodyFeature Inner { get; }

    /// <summary>Whether nothing is held back any more.</summary>
    public bool IsSending { get; private set; }

    /// <summary>Called before anything is sent while the handler still runs. Its exception reaches the handler, and nothing is sent.</summary>
    public Func<ValueTask>? BeforeSending { get; set; }

    /// <summary>Whether an inner exception handler has responded instead of the handler.</summary>
    public bool HasHandledException =>
        _context.Features.Get<IExceptionHandlerFeature>() is { } handled && handled != _handledBefore;

    public Stream Stream => _stream ??= new HeldResponseStream(this);

    public PipeWriter Writer => _writer ??= new HeldResponseWriter(this);

    /// <summary>The buffer of the writes that are held back.</summary>
    public ArrayBufferWriter<byte> Buffer
    {
        get
        {
            DropIfHandled();
            _hasBody = true;
            return _buffer ??= new ArrayBufferWriter<byte>();
        }
    }

    /// <summary>Whether the server lets the handler write without awaiting it.</summary>
    public bool AllowsSynchronous => _context.Features.Get<IHttpBodyControlFeature>()?.AllowSynchronousIO ?? true;

    /// <summary>Whether writes should arrive at once.</summary>
    public bool IsStreaming => _isUnbuffered ||
        (_context.Response.ContentType is { } type && Array.Exists(StreamingTypes, t => type.StartsWith(t, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Whether the response has to begin before more bytes are written.</summary>
    /// <param name="bytes">The number of bytes to be written; 0 if they are written already.</param>
    public bool MustSend(int bytes)
    {
        DropIfHandled();
        return IsStreaming || (_buffer?.WrittenCount ?? 0) + (long)bytes > _limit;
    }

    /// <summary>
    /// Begins the response when far more than the limit is held: a handler that writes without awaiting anything would fill the memory. A text that
    /// is written at once isn't affected, even if it is longer than the limit; so nothing waits for its commit.
    /// </summary>
    public void SendIfFarOverLimit()
    {
        if (_buffer?.WrittenCount > Math.Max(16L * _limit, LeastFarOver))
        {
            SendNow();
        }
    }

    /// <summary>Begins the response, for a caller that can't await it.</summary>
    public void SendNow() => SendNowAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public void DisableBuffering()
    {
        _isUnbuffered = true;
        Inner.DisableBuffering();
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (!IsSending && IsStreaming)
        {
            await SendNowAsync(cancellationToken).ConfigureAwait(false);
        }

        if (IsSending)
        {
            await Inner.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _mustStart = true;
        }
    }

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        await SendNowAsync(cancellationToken).ConfigureAwait(false);
        await Inner.SendFileAsync(path, offset, count, cancellationToken).ConfigureAwait(false);
    }

    public async Task CompleteAsync()
    {
        await SendNowAsync(CancellationToken.None).ConfigureAwait(false);
        await Inner.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Begins the response while the handler still runs.</summary>
    public async ValueTask SendNowAsync(CancellationToken cancellationToken)
    {
        if (IsSending)
        {
            return;
        }

        _hasBody = true;
        if (BeforeSending is { } before)
        {
            await before().ConfigureAwait(false);
        }

        await SendAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends the response.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken = default)
    {
        if (IsSending)
        {
            return;
        }

        DropIfHandled();
        IsSending = true;
        if (_mustStart)
        {
            await Inner.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_buffer is { WrittenCount: > 0 } buffer)
        {
            await Inner.Writer.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        }

        _buffer = null;
    }

    /// <summary>Drops what was written, so that the handler can write another response.</summary>
    /// <param name="headers">The headers that the response had before.</param>
    public void StartAgain(IReadOnlyCollection<KeyValuePair<string, StringValues>> headers)
    {
        _buffer?.Clear();
        (_mustStart, _isUnbuffered, _hasBody) = (false, false, false);
        var response = _context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.Headers.Clear();
        foreach (var (name, value) in headers)
        {
            response.Headers[name] = value;
        }
    }

    /// <summary>Refuses, before the commit, a response that the server would refuse to send.</summary>
    public void ThrowIfForbidden()
    {
        var status = _context.Response.StatusCode;
        if (_buffer is { WrittenCount: > 0 } && !HttpMethods.IsHead(_context.Request.Method)
            && status is < StatusCodes.Status200OK or StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
        {
            throw new InvalidOperationException($"A response with the status code {status} can't have a body.");
        }
    }

    // The exception handler begins a new response.
    private void DropIfHandled()
    {
        if (_hasDropped || !HasHandledException)
        {
            return;
        }

        _hasDropped = true;
        _buffer?.Clear();
    }
}
