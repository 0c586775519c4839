using Microsoft.Extensions.Logging;

namespace Octomil.Client.Tests.Fakes;

internal sealed class JournalLogs(Journal<string> journal) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        journal.Add($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}
