using System.Buffers;

namespace EventSourcing.AspNetCore;

/// <summary>Response.Body of a <see cref="HeldResponse"/>.</summary>
internal sealed class HeldResponseStream(HeldResponse response) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!response.AllowsSynchronous)
        {
            throw new InvalidOperationException("This server doesn't allow synchronous writes. Await WriteAsync, or set AllowSynchronousIO.");
        }

        if (!response.IsSending && response.MustSend(buffer.Length))
        {
            response.SendNow();
        }

        if (response.IsSending)
        {
            response.Inner.Stream.Write(buffer);
        }
        else
        {
            response.Buffer.Write(buffer);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!response.IsSending && response.MustSend(buffer.Length))
        {
            await response.SendNowAsync(cancellationToken).ConfigureAwait(false);
        }

        if (response.IsSending)
        {
            await response.Inner.Stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            response.Buffer.Write(buffer.Span);
        }
    }

    // If the server accepts no synchronous writes, this can't send anything: writers call it before they are disposed of.
    public override void Flush()
    {
        if (!response.AllowsSynchronous)
        {
            return;
        }

        response.SendNow();
        response.Inner.Stream.Flush();
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await response.SendNowAsync(cancellationToken).ConfigureAwait(false);
        await response.Inner.Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
