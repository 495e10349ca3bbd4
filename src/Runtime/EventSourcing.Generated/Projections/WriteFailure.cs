using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>Finds out whether an event is the reason for which a step can't be written.</summary>
internal static class WriteFailure
{
    /// <summary>Returns the reason for a value that not every engine can store.</summary>
    public static string Unstorable(string reason) => $"a value of a row can't be stored: {reason}";

    /// <summary>Returns the error of the only event of a step that can't be written; null if the failure isn't that of the event.</summary>
    public static FoldError? ErrorOf(Exception exception) => exception switch
    {
        StateFormatException => new(Unstorable(exception.Message), null),
        HandlerFaultException { CanBeParked: true } => new(exception.Message, exception.InnerException),
        _ => null,
    };
}
