using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Octomil.EndToEnd;

/// <summary>A program in a process of its own: what it says, signals to it, and its end.</summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = [];

    private RunningProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Both streams, line by line.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public bool HasEnded => _process.HasExited;

    public static RunningProcess Start(string program, IEnumerable<string> args, IReadOnlyDictionary<string, string> environment, string? folder = null)
    {
        var start = new ProcessStartInfo(program, args)
        {
            WorkingDirectory = folder ?? Path.GetDirectoryName(program)!, RedirectStandardOutput = true, RedirectStandardError = true,
        };

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new RunningProcess(Process.Start(start)!);
    }

    /// <summary>Waits for a line with the text.</summary>
    public Task LineAsync(string text, CancellationToken cancellationToken) => Wait.UntilAsync(
        () => Task.FromResult(Says(text)), $"the process to say '{text}'", Log, cancellationToken);

    public bool Says(string text) => _lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    public string Log() => string.Join('\n', _lines.TakeLast(60));

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, _process.Id.ToString(CultureInfo.InvariantCulture)])!;
        kill.WaitForExit();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Its exit code, once it has ended by itself.</summary>
    public async Task<int> EndAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);

        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {patience} for the process to end. It said:\n{Log()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
