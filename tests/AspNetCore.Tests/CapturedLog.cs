using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AspNetCore.Tests;

/// <summary>Every line of every category and level, with exceptions.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, LogLevel Level, string Text)> _lines = new();

    public IEnumerable<string> Lines => _lines.Select(l => $"{l.Level} {l.Category}: {l.Text}");

    /// <summary>The lines of the library.</summary>
    public IEnumerable<string> Own => _lines.Where(l => l.Category == "EventSourcing").Select(l => $"{l.Level}: {l.Text}");

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(CapturedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(" ", pairs.Select(p => $"{p.Key}={p.Value}")) : "";
            log._lines.Enqueue((category, logLevel, exception is null && category == "EventSourcing" ? formatter(state, exception) : $"{formatter(state, exception)} {values} {exception}"));
        }
    }
}
