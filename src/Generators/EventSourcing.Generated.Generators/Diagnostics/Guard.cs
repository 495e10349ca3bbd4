using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Diagnostics;

/// <summary>Limits a failure of the generator to the class where it happens: all other classes are generated.</summary>
internal static class Guard
{
    /// <summary>The result of reading a class; null, and a diagnostic, when reading fails.</summary>
    public static T? Read<T>(ISymbol symbol, Action<Diagnostic> report, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            report(Diagnostic.Create(Rules.GeneratorFailed, symbol.UserLocation(), symbol.Name, Rules.Describe(e)));
            return null;
        }
    }
}
