using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>A connection that the driver refuses doesn't mean that the server is unavailable: a retry would be refused, too.</summary>
public sealed class RefusedConnectionTests : PostgreSqlTestBase
{
    [Fact]
    public async Task A_missing_password_is_reported()
    {
        var parts = new NpgsqlConnectionStringBuilder(Database.ConnectionString);
        parts.Remove("Password");
        await RefusedAsync(parts.ConnectionString, "password");
    }

    [Fact]
    public async Task A_server_without_TLS_is_reported() => await RefusedAsync(Database.Url + "?sslmode=require", "TLS");

    [Fact]
    public async Task Several_servers_that_refuse_are_reported()
    {
        var host = $"{Database.Host}:{Database.Port}";
        await RefusedAsync(Database.Url.Replace(host, $"{host},{host}", StringComparison.Ordinal) + "?sslmode=require", "TLS");
    }

    [Fact]
    public async Task A_certificate_that_is_not_valid_is_reported()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=other", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, certificate);
        await RefusedAsync($"postgresql://walter@127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/bank?sslmode=verify-full", "certificate");
        listener.Stop();
        await serving;
    }

    private static async Task RefusedAsync(string address, string word)
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(address, new EventStoreOptions { SaveTimeout = TimeSpan.FromSeconds(4) });
        foreach (var work in new Func<Task>[] { () => recorder.OpenAsync(Token).AsTask(), () => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask() })
        {
            Assert.Contains(word, (await Assert.ThrowsAsync<StoreConfigurationException>(work)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A server that gets as far as TLS.</summary>
    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        while (true)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(Token);
                await using var stream = client.GetStream();
                await stream.ReadExactlyAsync(new byte[8], Token);
                await stream.WriteAsync("S"u8.ToArray(), Token);
                await using var encrypted = new SslStream(stream);
                await encrypted.AuthenticateAsServerAsync(certificate);
                await encrypted.ReadExactlyAsync(new byte[1], Token);
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException)
            {
                // The client has closed the connection.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
