namespace EventSourcing;

/// <summary>Finds what is behind an exception: object-relational mappers wrap the exceptions of drivers.</summary>
internal static class Causes
{
    /// <summary>Returns an exception and its inner exceptions, from the outside.</summary>
    public static IEnumerable<Exception> Of(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
