namespace EventSourcing;

/// <summary>
/// A state can't be read or written. Thrown by readers and writers, generated ones and yours; callers of the library get
/// <see cref="StateDecodeException"/> or <see cref="StateEncodeException"/>, which contain the message.
/// </summary>
/// <param name="message">The reason, without a value of the state.</param>
public sealed class StateFormatException(string message) : Exception(message);
