using System.Net;
using System.Net.Sockets;

namespace PostgreSql.Tests;

/// <summary>One address that leads to one server and then to another: a virtual address, or a name that is given to the new primary.</summary>
internal sealed class AddressSwitch : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private readonly Lock _sync = new();
    private int _server;
    private bool _isDisposed;

    /// <param name="server">The port of the server on this machine.</param>
    public AddressSwitch(int server)
    {
        _server = server;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Cuts all connections; new ones lead to the other server, or nowhere if it is 0.</summary>
    public void LeadTo(int server)
    {
        lock (_sync)
        {
            _server = server;
            _sockets.ForEach(Cut);
            _sockets.Clear();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _listener.Stop();
        LeadTo(0);
    }

    private static void Cut(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    private async Task AcceptAsync()
    {
        while (!_isDisposed)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync();
                _ = Task.Run(() => ForwardAsync(client));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // It is disposed, or the client has closed the connection.
            }
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        int port;
        lock (_sync)
        {
            _sockets.AddRange([client, server]);
            port = _server;
        }

        try
        {
            if (port != 0)
            {
                await server.ConnectAsync(IPAddress.Loopback, port);
                await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server is unavailable.
        }

        lock (_sync)
        {
            _sockets.Remove(client);
            _sockets.Remove(server);
        }

        client.Dispose();
        server.Dispose();
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[65_536];
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One of them has closed the connection.
        }
    }
}
