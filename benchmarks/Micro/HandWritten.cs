using System.Text.Json;

namespace Benchmarks.Micro;

/// <summary>Careful hand-written code on Utf8JsonWriter and Utf8JsonReader. It compares names and checks nothing else.</summary>
internal static class HandWritten
{
    private static readonly JsonEncodedText Timestamp = JsonEncodedText.Encode("timestamp");
    private static readonly JsonEncodedText Transfer = JsonEncodedText.Encode("transfer");
    private static readonly JsonEncodedText Purpose = JsonEncodedText.Encode("purpose");
    private static readonly JsonEncodedText Branch = JsonEncodedText.Encode("branch");
    private static readonly JsonEncodedText Cents = JsonEncodedText.Encode("cents");
    private static readonly JsonEncodedText BookedAt = JsonEncodedText.Encode("bookedAt");

    public static void Write(Utf8JsonWriter writer, Deposit deposit)
    {
        writer.WriteStartObject();
        writer.WriteString(Timestamp, deposit.Timestamp);
        writer.WriteString(Transfer, deposit.Transfer);
        writer.WriteString(Purpose, deposit.Purpose);
        writer.WriteNumber(Branch, deposit.Branch);
        writer.WriteNumber(Cents, deposit.Cents);
        writer.WriteString(BookedAt, deposit.BookedAt);
        writer.WriteEndObject();
    }

    public static Deposit Read(ReadOnlySpan<byte> state)
    {
        var deposit = new Deposit();
        var reader = new Utf8JsonReader(state);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            if (name.SequenceEqual("timestamp"u8))
            {
                reader.Read();
                deposit.Timestamp = reader.GetDateTimeOffset();
            }
            else if (name.SequenceEqual("transfer"u8))
            {
                reader.Read();
                deposit.Transfer = reader.GetGuid();
            }
            else if (name.SequenceEqual("purpose"u8))
            {
                reader.Read();
                deposit.Purpose = reader.GetString()!;
            }
            else if (name.SequenceEqual("branch"u8))
            {
                reader.Read();
                deposit.Branch = reader.GetInt32();
            }
            else if (name.SequenceEqual("cents"u8))
            {
                reader.Read();
                deposit.Cents = reader.GetInt64();
            }
            else if (name.SequenceEqual("bookedAt"u8))
            {
                reader.Read();
                deposit.BookedAt = reader.GetDateTime();
            }
            else
            {
                reader.Skip();
            }
        }

        return deposit;
    }
}
