using System.Runtime.CompilerServices;

namespace Recorders.Contract;

/// <summary>A case found an error.</summary>
public sealed class CheckFailedException(string message) : Exception(message);

/// <summary>Assertions that need no test framework, so that the same cases also run as a native program.</summary>
public static class Check
{
    public static void True(bool condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition)
        {
            throw new CheckFailedException($"Not true: {text}");
        }
    }

    public static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string text = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new CheckFailedException($"{text}: expected {expected}, was {actual}");
        }
    }

    public static void Sequence<T>(IEnumerable<T> expected, IEnumerable<T> actual, [CallerArgumentExpression(nameof(actual))] string text = "")
    {
        var (left, right) = (expected.ToList(), actual.ToList());
        if (!left.SequenceEqual(right))
        {
            throw new CheckFailedException($"{text}: expected [{string.Join(", ", left)}], was [{string.Join(", ", right)}]");
        }
    }

    public static async Task<TException> ThrowsAsync<TException>(Func<Task> action, [CallerArgumentExpression(nameof(action))] string text = "")
        where TException : Exception
    {
        try
        {
            await action();
        }
        catch (TException exception)
        {
            return exception;
        }
        catch (Exception exception)
        {
            throw new CheckFailedException($"{text}: expected {typeof(TException).Name}, was {exception.GetType().Name}: {exception.Message}");
        }

        throw new CheckFailedException($"{text}: expected {typeof(TException).Name}, but nothing was thrown");
    }
}
