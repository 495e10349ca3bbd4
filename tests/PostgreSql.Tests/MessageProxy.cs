using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace PostgreSql.Tests;

/// <summary>The fault of a connection.</summary>
internal enum Fault
{
    /// <summary>Both ends are reset, as when a machine on the way restarts.</summary>
    Cut,

    /// <summary>One direction is shut down; the other direction goes on.</summary>
    HalfClose,

    /// <summary>Nothing is passed on any more, and neither side is notified.</summary>
    Stall,
}

/// <summary>
/// Stands between client and server, knows where messages begin (PostgreSQL documentation, "Message Formats"), and causes a fault at one
/// such place of one connection.
/// </summary>
internal sealed class MessageProxy : IDisposable
{
    private const int SslRequest = 80877103;
    private const int GssRequest = 80877104;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private readonly List<Socket> _stalled = [];
    private readonly Lock _sync = new();
    private readonly int[] _passed = new int[2];
    private readonly int _server;
    private (bool FromClient, int After, Fault Fault)? _armed;
    private bool _isDisposed;

    /// <param name="server">The port of the server on this machine.</param>
    public MessageProxy(int server)
    {
        _server = server;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether the fault has occurred.</summary>
    public bool IsSprung { get; private set; }

    /// <summary>Messages that passed since the last call of <see cref="Arm"/> or <see cref="Reset"/>.</summary>
    public (int FromClient, int FromServer) Passed
    {
        get
        {
            lock (_sync)
            {
                return (_passed[0], _passed[1]);
            }
        }
    }

    /// <summary>Counts from here.</summary>
    public void Reset()
    {
        lock (_sync)
        {
            (_passed[0], _passed[1], _armed, IsSprung) = (0, 0, null, false);
        }
    }

    /// <summary>Cuts the connection that stalls, as a server does whose keep-alive messages aren't answered.</summary>
    public void CutStalled()
    {
        lock (_sync)
        {
            _stalled.ForEach(Cut);
        }
    }

    /// <summary>Causes a fault after this many more messages in a direction, before the next message.</summary>
    public void Arm(bool fromClient, int after, Fault fault)
    {
        Reset();
        lock (_sync)
        {
            _armed = (fromClient, after, fault);
        }
    }

    public void Dispose()
    {
        _listener.Stop();
        lock (_sync)
        {
            _isDisposed = true;
            _sockets.ForEach(Cut);
        }
    }

    private static void Cut(Socket socket)
    {
        try
        {
            // With no time to linger, closing sends a reset.
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                (client.NoDelay, server.NoDelay) = (true, true);
                lock (_sync)
                {
                    _sockets.AddRange([client, server]);
                    if (_isDisposed)
                    {
                        _sockets.ForEach(Cut);
                    }
                }

                var connection = new Connection(this, client, server);
                _ = Task.Run(connection.RunAsync);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    /// <summary>Counts a message that passed, and returns the fault if it occurs now.</summary>
    private Fault? Count(bool fromClient, int messages)
    {
        lock (_sync)
        {
            _passed[fromClient ? 0 : 1] += messages;
            if (_armed is not { } armed || armed.FromClient != fromClient || _passed[fromClient ? 0 : 1] < armed.After)
            {
                return null;
            }

            (_armed, IsSprung) = (null, true);
            return armed.Fault;
        }
    }

    private sealed class Connection(MessageProxy proxy, Socket client, Socket server)
    {
        // For each first message of the client: whether a single byte answers it.
        private readonly Channel<bool> _answers = Channel.CreateUnbounded<bool>();
        private volatile bool _hasStalled;

        public async Task RunAsync()
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, proxy._server);
                await Task.WhenAll(PumpAsync(client, server, fromClient: true), PumpAsync(server, client, fromClient: false));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or EndOfStreamException)
            {
                // One end is closed, so the other one is closed, too.
            }
            finally
            {
                if (!_hasStalled)
                {
                    Cut(client);
                    Cut(server);
                }
            }
        }

        private async Task PumpAsync(Socket from, Socket to, bool fromClient)
        {
            var isStartup = true;
            try
            {
                while (true)
                {
                    var (message, isStillStartup) = fromClient ? await ReadClientMessageAsync(isStartup) : await ReadServerMessageAsync(isStartup);
                    isStartup = isStillStartup;
                    // A fault may have been armed since the last message passed.
                    if (Harm(to, fromClient, passed: 0))
                    {
                        return;
                    }

                    await to.SendAsync(message);
                    if (Harm(to, fromClient, passed: 1))
                    {
                        return;
                    }
                }
            }
            catch (EndOfStreamException) when (!_hasStalled)
            {
                to.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException) when (!_hasStalled)
            {
                Cut(client);
                Cut(server);
            }
        }

        /// <returns>Whether nothing more passes in this direction.</returns>
        private bool Harm(Socket to, bool fromClient, int passed)
        {
            if (_hasStalled)
            {
                return true;
            }

            switch (proxy.Count(fromClient, passed))
            {
                case Fault.Cut:
                    Cut(client);
                    Cut(server);
                    return true;
                case Fault.HalfClose:
                    to.Shutdown(SocketShutdown.Send);
                    return true;
                case Fault.Stall:
                    _hasStalled = true;
                    lock (proxy._sync)
                    {
                        proxy._stalled.AddRange([client, server]);
                    }

                    return true;
                default:
                    return false;
            }
        }

        /// <summary>The first messages of a client have no type; requests for encryption are answered by a single byte.</summary>
        private async Task<(byte[] Message, bool IsStartup)> ReadClientMessageAsync(bool isStartup)
        {
            var head = await ReadAsync(client, isStartup ? 8 : 5);
            var rest = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(isStartup ? 0 : 1)) - (isStartup ? 8 : 4);
            byte[] message = [.. head, .. await ReadAsync(client, rest)];
            if (!isStartup)
            {
                return (message, false);
            }

            var code = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
            var isRequest = code is SslRequest or GssRequest;
            _answers.Writer.TryWrite(isRequest);
            return (message, isRequest);
        }

        private async Task<(byte[] Message, bool IsStartup)> ReadServerMessageAsync(bool isStartup)
        {
            // The server only answers; its answer to a request for encryption is N for no.
            if (isStartup && await _answers.Reader.ReadAsync())
            {
                return (await ReadAsync(server, 1), true);
            }

            var head = await ReadAsync(server, 5);
            return ([.. head, .. await ReadAsync(server, BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4)], false);
        }

        private static async Task<byte[]> ReadAsync(Socket socket, int count)
        {
            var bytes = new byte[count];
            for (var read = 0; read < count;)
            {
                var now = await socket.ReceiveAsync(bytes.AsMemory(read));
                if (now == 0)
                {
                    throw new EndOfStreamException();
                }

                read += now;
            }

            return bytes;
        }
    }
}
