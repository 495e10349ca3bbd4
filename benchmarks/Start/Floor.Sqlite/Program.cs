// The minimum that a program must do to store an event in SQLite durably. Library.Sqlite is measured against it.
// One connection, no library: create the table if it is missing, save one event, load the dog, print it.
using System.Buffers;
using System.Text.Json;
using Microsoft.Data.Sqlite;

var (name, file) = (args[0], args[1]);

using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
connection.Open();
Execute("PRAGMA journal_mode=WAL");
Execute("PRAGMA synchronous=FULL");
Execute("PRAGMA busy_timeout=5000");
Execute("""
    CREATE TABLE IF NOT EXISTS floor_events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        originator_id BLOB NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        state BLOB NOT NULL,
        append_id BLOB,
        metadata BLOB) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS floor_events_index ON floor_events (originator_id, originator_version);
    """);

var id = Guid.NewGuid();
Save(id, 1, "Dog.Registered", State(name, DateTimeOffset.UtcNow));
Console.WriteLine($"Registered {name}.");
Console.WriteLine($"{Load(id)} knows no tricks yet.");

void Execute(string sql)
{
    using var command = connection.CreateCommand();
    command.CommandText = sql;
    command.ExecuteNonQuery();
}

void Save(Guid originatorId, long version, string topic, byte[] state)
{
    using var command = connection.CreateCommand();
    command.CommandText = """
        INSERT INTO floor_events (originator_id, originator_version, topic, state, append_id)
        VALUES ($originatorId, $version, $topic, $state, $appendId)
        """;
    command.Parameters.AddWithValue("$originatorId", originatorId.ToByteArray(bigEndian: true));
    command.Parameters.AddWithValue("$version", version);
    command.Parameters.AddWithValue("$topic", topic);
    command.Parameters.AddWithValue("$state", state);
    command.Parameters.AddWithValue("$appendId", Guid.NewGuid().ToByteArray(bigEndian: true));
    command.ExecuteNonQuery();
}

string Load(Guid originatorId)
{
    using var command = connection.CreateCommand();
    command.CommandText = "SELECT topic, state FROM floor_events WHERE originator_id = $originatorId ORDER BY originator_version";
    command.Parameters.AddWithValue("$originatorId", originatorId.ToByteArray(bigEndian: true));
    using var reader = command.ExecuteReader();
    var loaded = "";
    while (reader.Read())
    {
        if (reader.GetString(0) == "Dog.Registered")
        {
            loaded = Name(reader.GetFieldValue<byte[]>(1));
        }
    }

    return loaded;
}

static byte[] State(string name, DateTimeOffset timestamp)
{
    var buffer = new ArrayBufferWriter<byte>();
    using var writer = new Utf8JsonWriter(buffer);
    writer.WriteStartObject();
    writer.WriteString("timestamp", timestamp);
    writer.WriteString("name", name);
    writer.WriteEndObject();
    writer.Flush();
    return buffer.WrittenSpan.ToArray();
}

static string Name(byte[] state)
{
    var reader = new Utf8JsonReader(state);
    while (reader.Read())
    {
        if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("name"u8))
        {
            reader.Read();
            return reader.GetString()!;
        }
    }

    return "";
}
