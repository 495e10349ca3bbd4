using EventSourcing.Recording;

namespace EventSourcing.Files;

/// <summary>The events of a save as the bytes of one record, so that they are stored all or none.</summary>
internal static class SaveRecord
{
    public static byte[] Write<TKey>(IEnumerable<Notification<TKey>> rows)
        where TKey : notnull
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var row in rows)
        {
            writer.Write(row.OriginatorId.ToString()!);
            writer.Write(row.OriginatorVersion);
            writer.Write(row.Topic);
            writer.Write(row.State.Length);
            writer.Write(row.State.Span);
            writer.Write(row.Metadata.Length);
            writer.Write(row.Metadata.Span);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    public static IEnumerable<StoredEvent<TKey>> Read<TKey>(byte[] record)
        where TKey : notnull
    {
        using var reader = new BinaryReader(new MemoryStream(record));
        while (reader.BaseStream.Position < record.Length)
        {
            yield return new(
                KeyOf<TKey>(reader.ReadString()), reader.ReadInt64(), reader.ReadString(), reader.ReadBytes(reader.ReadInt32()), reader.ReadBytes(reader.ReadInt32()));
        }
    }

    private static TKey KeyOf<TKey>(string text) => typeof(TKey) == typeof(Guid) ? (TKey)(object)Guid.Parse(text) : (TKey)(object)text;
}
