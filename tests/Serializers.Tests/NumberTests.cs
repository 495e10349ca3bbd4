using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcing.CompilerServices;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>Numbers at their limits, by the rules of JSON.</summary>
public sealed class NumberTests
{
    private delegate T Reader<out T>(ref Utf8JsonReader reader, string field);

    [Theory]
    [InlineData(0f, "0")]
    [InlineData(-0f, "-0")]
    [InlineData(1.5f, "1.5")]
    [InlineData(float.Epsilon, "1E-45")]
    [InlineData(float.MaxValue, "3.4028235E+38")]
    [InlineData(float.MinValue, "-3.4028235E+38")]
    [InlineData(float.NaN, "\"NaN\"")]
    [InlineData(float.PositiveInfinity, "\"Infinity\"")]
    [InlineData(float.NegativeInfinity, "\"-Infinity\"")]
    public void Single(float value, string json)
    {
        Assert.Equal(json, Written(w => StateJson.WriteSingle(w, value, "f")));
        Assert.Equal(BitConverter.SingleToInt32Bits(value), BitConverter.SingleToInt32Bits(Read(json, StateJson.ReadSingle)));
    }

    [Theory]
    [InlineData(0d, "0")]
    [InlineData(-0d, "-0")]
    [InlineData(1.5, "1.5")]
    [InlineData(double.Epsilon, "5E-324")]
    [InlineData(double.MaxValue, "1.7976931348623157E+308")]
    [InlineData(double.MinValue, "-1.7976931348623157E+308")]
    [InlineData(double.NaN, "\"NaN\"")]
    [InlineData(double.PositiveInfinity, "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "\"-Infinity\"")]
    public void Double(double value, string json)
    {
        Assert.Equal(json, Written(w => StateJson.WriteDouble(w, value, "f")));
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(Read(json, StateJson.ReadDouble)));
    }

    [Fact]
    public void Integers_are_read_up_to_their_limits()
    {
        Limits(StateJson.ReadSByte, sbyte.MinValue, sbyte.MaxValue);
        Limits(StateJson.ReadByte, byte.MinValue, byte.MaxValue);
        Limits(StateJson.ReadInt16, short.MinValue, short.MaxValue);
        Limits(StateJson.ReadUInt16, ushort.MinValue, ushort.MaxValue);
        Limits(StateJson.ReadInt32, int.MinValue, int.MaxValue);
        Limits(StateJson.ReadUInt32, uint.MinValue, uint.MaxValue);
        Limits(StateJson.ReadInt64, long.MinValue, long.MaxValue);
        Limits(StateJson.ReadUInt64, ulong.MinValue, ulong.MaxValue);
        Limits(StateJson.ReadIntPtr, nint.MinValue, nint.MaxValue);
        Limits(StateJson.ReadUIntPtr, nuint.MinValue, nuint.MaxValue);

        static void Limits<T>(Reader<T> read, T smallest, T greatest)
            where T : IFormattable
        {
            foreach (var value in new[] { smallest, greatest, default! })
            {
                Assert.Equal(value, Read(value.ToString(null, CultureInfo.InvariantCulture), read));
            }

            foreach (var wrong in new[] { Next(smallest, -1), Next(greatest, 1), "1.5", "1e1", "\"1\"", "true", "[]" })
            {
                Assert.Contains("'f' is not an integer", Assert.Throws<StateFormatException>(() => Read(wrong, read)).Message, StringComparison.Ordinal);
            }

            Assert.Contains("null", Assert.Throws<StateFormatException>(() => Read("null", read)).Message, StringComparison.Ordinal);
        }

        static string Next<T>(T value, int step) => (decimal.Parse(value!.ToString()!, CultureInfo.InvariantCulture) + step).ToString(CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("true")]
    [InlineData("1e39")]
    [InlineData("-1e39")]
    [InlineData("\"nan\"")]
    [InlineData("\"infinity\"")]
    [InlineData("\"+Infinity\"")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    public void A_value_that_is_not_a_float_is_refused(string json)
    {
        Assert.Contains("'f' is not a number", Assert.Throws<StateFormatException>(() => Read(json, StateJson.ReadSingle)).Message, StringComparison.Ordinal);
        Assert.Contains("'f' is not a number", Assert.Throws<StateFormatException>(() => Read(json.Replace("e39", "e309", StringComparison.Ordinal), StateJson.ReadDouble)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("true")]
    [InlineData("79228162514264337593543950336")]
    public void A_value_that_is_not_a_decimal_is_refused(string json) =>
        Assert.Contains("'f' is not a decimal number", Assert.Throws<StateFormatException>(() => Read(json, StateJson.ReadDecimal)).Message, StringComparison.Ordinal);

    private static string Written(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static T Read<T>(string json, Reader<T> read)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return read(ref reader, "f");
    }
}
