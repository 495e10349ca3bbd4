using System.Buffers;

namespace EventSourcing.Serialization;

/// <summary>A stage between the JSON of a state and its stored bytes, such as a compression or an encryption. Thread safe.</summary>
internal interface IStateStage
{
    /// <summary>Converts what is to be stored.</summary>
    /// <param name="state">The bytes of the stage before.</param>
    /// <param name="output">Receives the bytes for the next stage.</param>
    /// <exception cref="StateFormatException">The bytes can't be converted.</exception>
    void Encode(ReadOnlySpan<byte> state, IBufferWriter<byte> output);

    /// <summary>Converts what was stored back.</summary>
    /// <param name="stored">The bytes of this stage.</param>
    /// <param name="limit">How many bytes may be written; a stage that would write more throws.</param>
    /// <param name="output">Receives the bytes of the stage before.</param>
    /// <exception cref="StateFormatException">The bytes are not those of this stage, or they would become too many.</exception>
    void Decode(ReadOnlySpan<byte> stored, int limit, IBufferWriter<byte> output);
}
