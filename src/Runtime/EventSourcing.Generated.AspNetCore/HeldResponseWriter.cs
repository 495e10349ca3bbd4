using System.Buffers;
using System.IO.Pipelines;

namespace EventSourcing.AspNetCore;

/// <summary>Response.BodyWriter of a <see cref="HeldResponse"/>.</summary>
internal sealed class HeldResponseWriter(HeldResponse response) : PipeWriter
{
    private long _unflushed;

    public override bool CanGetUnflushedBytes => !response.IsSending || response.Inner.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => response.IsSending ? response.Inner.Writer.UnflushedBytes : _unflushed;

    public override void Advance(int bytes)
    {
        if (response.IsSending)
        {
            response.Inner.Writer.Advance(bytes);
            return;
        }

        response.Buffer.Advance(bytes);
        _unflushed += bytes;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => Target().GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => Target().GetSpan(sizeHint);

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _unflushed = 0;
        if (!response.IsSending)
        {
            if (!response.MustSend(0))
            {
                return new FlushResult(isCanceled: false, isCompleted: false);
            }

            await response.SendNowAsync(cancellationToken).ConfigureAwait(false);
        }

        return await response.Inner.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (response.IsSending)
        {
            return response.Inner.Writer.WriteAsync(source, cancellationToken);
        }

        if (response.MustSend(source.Length))
        {
            return SendAsync(source, cancellationToken);
        }

        response.Buffer.Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    private async ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        await response.SendNowAsync(cancellationToken).ConfigureAwait(false);
        return await response.Inner.Writer.WriteAsync(source, cancellationToken).ConfigureAwait(false);
    }

    private IBufferWriter<byte> Target()
    {
        if (!response.IsSending)
        {
            response.SendIfFarOverLimit();
        }

        return response.IsSending ? response.Inner.Writer : response.Buffer;
    }

    public override void CancelPendingFlush() => response.Inner.Writer.CancelPendingFlush();

    // The server completes it, after the held bytes were sent.
    public override void Complete(Exception? exception = null)
    {
    }
}
