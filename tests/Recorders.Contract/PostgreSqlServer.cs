using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Recorders.Contract;

/// <summary>
/// A PostgreSQL server of the tests' own, in a temporary folder, on a free port of this machine only. It is stopped and deleted
/// when it is disposed, and when this process ends for any reason.
/// </summary>
public sealed class PostgreSqlServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = PostgreSqlBinaries.CreateFolder();
    private Process? _guard;
    private bool _isDisposed;

    /// <summary>Makes a new server and starts it.</summary>
    /// <param name="settings">Lines for postgresql.conf.</param>
    public PostgreSqlServer(params IEnumerable<string> settings)
        : this(null, 0, settings)
    {
    }

    /// <summary>Makes a standby of another server and starts it.</summary>
    /// <param name="primary">The other server; null to make one that is no standby.</param>
    /// <param name="port">The port at which it reaches the other server; 0 for that server's own port.</param>
    /// <param name="settings">Lines for postgresql.conf.</param>
    public PostgreSqlServer(PostgreSqlServer? primary, int port = 0, params IEnumerable<string> settings)
    {
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        try
        {
            Guard();
            if (primary is null)
            {
                Initialize(settings);
            }
            else
            {
                Copy(primary, port == 0 ? primary.Port : port, settings);
            }
            // Another program may take the port between the check and the start.
            for (var attempt = 0; ; attempt++)
            {
                Port = FindPort();
                if (TryStart())
                {
                    break;
                }

                if (attempt == 5)
                {
                    throw new InvalidOperationException($"The PostgreSQL server doesn't start:\n{ReadLog()}");
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The port on 127.0.0.1; it stays the same over restarts.</summary>
    public int Port { get; private set; }

    /// <summary>A part of every server's password, so that tests can look for it where it must not appear; see SecretWatch.</summary>
    public const string Secret = "Canary5ecret";

    /// <summary>The password of the user postgres.</summary>
    public string Password { get; private set; } = Secret + RandomNumberGenerator.GetHexString(32);

    /// <summary>For the administrator, with Npgsql.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Password = Password,
        Database = "postgres",
    }.ConnectionString;

    private string Data => Path.Combine(_folder, "data");

    private string Log => Path.Combine(_folder, "log");

    /// <summary>Starts the server after it was stopped or killed, and waits until it accepts connections.</summary>
    public void Start()
    {
        // After a kill, processes of the old server may hold its shared memory for a while.
        var time = Stopwatch.StartNew();
        while (!TryStart())
        {
            if (time.Elapsed > Patience)
            {
                throw new InvalidOperationException($"The PostgreSQL server doesn't start again:\n{ReadLog()}");
            }

            Thread.Sleep(50);
        }
    }

    /// <summary>Stops the server.</summary>
    /// <param name="mode"><c>immediate</c> is like a crash, <c>fast</c> ends transactions and closes the files.</param>
    public void Stop(string mode) => PostgreSqlBinaries.Run(PostgreSqlBinaries.PathOf("pg_ctl"), "stop", "-s", "-w", "-D", Data, "-m", mode);

    /// <summary>Kills the server's main process with SIGKILL; its other processes notice and end, some only after their statement.</summary>
    public void Kill()
    {
        using var process = Process.GetProcessById(ReadProcessId());
        process.Kill();
        process.WaitForExit(Patience);
    }

    /// <summary>Promotes a standby, and waits until it accepts writes.</summary>
    public void Promote() => PostgreSqlBinaries.Run(PostgreSqlBinaries.PathOf("pg_ctl"), "promote", "-s", "-w", "-D", Data);

    /// <summary>Executes statements of the administrator, each in a transaction of its own.</summary>
    public void Execute(params string[] statements)
    {
        using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        connection.Open();
        foreach (var statement in statements)
        {
            using var command = new NpgsqlCommand(statement, connection);
            command.ExecuteNonQuery();
        }
    }

    /// <summary>The server's log.</summary>
    public string ReadLog() => File.Exists(Log) ? File.ReadAllText(Log) : "";

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        try
        {
            if (File.Exists(Path.Combine(Data, "postmaster.pid")))
            {
                Stop("immediate");
            }
        }
        catch (InvalidOperationException)
        {
            // It was killed and left its file behind.
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A process of the server wrote one more file; the guard deletes the rest.
        }

        _guard?.Dispose();
    }

    private void OnExit(object? sender, EventArgs e) => Dispose();

    private void Initialize(IEnumerable<string> settings)
    {
        var passwordFile = Path.Combine(_folder, "password");
        File.WriteAllText(passwordFile, Password);
        PostgreSqlBinaries.Run(
            PostgreSqlBinaries.PathOf("initdb"), "-D", Data, "-U", "postgres", "-A", "scram-sha-256", $"--pwfile={passwordFile}",
            "-E", "UTF8", "--locale=C", "-N");
        File.Delete(passwordFile);
        File.AppendAllLines(Path.Combine(Data, "postgresql.conf"), (IEnumerable<string>)
        [
            "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "max_connections = 200", "fsync = on",
            "log_line_prefix = '%m [%p] '", .. settings,
        ]);
    }

    private void Copy(PostgreSqlServer primary, int port, IEnumerable<string> settings)
    {
        Password = primary.Password;
        PostgreSqlBinaries.Run(
            PostgreSqlBinaries.PathOf("pg_basebackup"), "-D", Data, "-R", "-X", "stream", "-c", "fast",
            "-d", string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={port} user=postgres password={Password} application_name=standby"));
        File.AppendAllLines(Path.Combine(Data, "postgresql.conf"), settings);
    }

    private bool TryStart()
    {
        // With a log of its own the server doesn't keep our pipes open, except on Windows, where it inherits what pg_ctl has.
        var start = PostgreSqlBinaries.Start(
            PostgreSqlBinaries.PathOf("pg_ctl"), "start", "-s", "-w", "-t", "60", "-D", Data, "-l", Log,
            "-o", string.Create(CultureInfo.InvariantCulture, $"-p {Port}"));
        start.RedirectStandardOutput = start.RedirectStandardError = !OperatingSystem.IsWindows();
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private int ReadProcessId() => int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>
    /// A shell that waits for the end of its input, which comes when this process ends, even by SIGKILL. Then it stops a server
    /// that still runs, or is just being started, and deletes the folder.
    /// </summary>
    private void Guard()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var script = $"""
            exec > /dev/null 2>&1
            trap '' INT TERM HUP
            read -r line
            for i in 1 2 3 4 5; do
                [ -d '{_folder}' ] || exit
                '{PostgreSqlBinaries.PathOf("pg_ctl")}' stop -s -D '{Data}' -m immediate && break
                sleep 1
            done
            rm -rf '{_folder}'
            """;
        var start = PostgreSqlBinaries.Start("/bin/sh", "-c", script);
        start.RedirectStandardInput = true;
        _guard = Process.Start(start);
    }

    /// <summary>A free port below those that outgoing connections get, so that it is still free when the server is started again.</summary>
    private static int FindPort()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 30_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // The port is taken: try another one.
            }
        }
    }
}
