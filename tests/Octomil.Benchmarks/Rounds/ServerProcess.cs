using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Octomil.Benchmarks;

/// <summary>A server in a process of its own, with its own temporary folder; both end with this.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    // Several that start at once on a busy machine take long.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly List<(long At, string Text)> _lines;

    private ServerProcess(Process process, DirectoryInfo folder, Uri address, List<(long At, string Text)> lines) =>
        (_process, _folder, Address, _lines) = (process, folder, address, lines);

    /// <summary>Each line that it writes, as it comes.</summary>
    public event Action<string>? Said;

    public Uri Address { get; }

    /// <summary>When it wrote the first line with this in it, as a <see cref="Stopwatch"/>'s timestamp; null while it has not.</summary>
    public long? SaidAt(string part)
    {
        lock (_lines)
        {
            return _lines.Find(line => line.Text.Contains(part, StringComparison.Ordinal)) is { At: > 0 and var at } ? at : null;
        }
    }

    /// <summary>The most memory the process had resident since the last <see cref="ForgetPeak"/>, in bytes.</summary>
    public long PeakBytes => StatusBytes("VmHWM");

    /// <summary>Memory the process has resident now, in bytes.</summary>
    public long ResidentBytes => StatusBytes("VmRSS");

    /// <summary>The processor time it has used, in user mode and in the kernel.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>
    /// Waits until it does nothing any more. What it was asked for the first time is still being compiled while it answers, for seconds after:
    /// on few processors that takes from what is measured, and says nothing of a server that has run for a minute.
    /// </summary>
    public async Task CalmAsync(CancellationToken cancellationToken)
    {
        for (var (left, used) = (30, ProcessorTime); left > 0; left--)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            var now = ProcessorTime;
            if (now - used < TimeSpan.FromMilliseconds(100))
            {
                return;
            }

            used = now;
        }

        throw new InvalidOperationException("The server is busy with nothing to do: nothing can be measured beside it.");
    }

    /// <summary>The end that nothing can be said before.</summary>
    public Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        return _process.WaitForExitAsync();
    }

    public static async Task<ServerProcess> StartAsync(
        string program, IEnumerable<string> arguments, Func<DirectoryInfo, Dictionary<string, string>> environment, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("octomil-bench-");
        var start = new ProcessStartInfo(program, [.. arguments, "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = Path.GetDirectoryName(arguments.LastOrDefault(Path.IsPathRooted) ?? program)!, RedirectStandardOutput = true, RedirectStandardError = true,
        };

        foreach (var (name, value) in environment(folder))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var lines = new List<(long At, string Text)>();
        DataReceivedEventHandler take = (_, line) =>
        {
            lock (lines)
            {
                lines.Add((Stopwatch.GetTimestamp(), line.Data ?? ""));
            }

            if (Listening().Match(line.Data ?? "") is { Success: true } match)
            {
                address.TrySetResult(new Uri(match.Groups[1].Value));
            }
        };
        process.OutputDataReceived += take;
        process.ErrorDataReceived += take;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        try
        {
            var started = new ServerProcess(process, folder, await address.Task.WaitAsync(Patience, cancellationToken), lines);
            DataReceivedEventHandler say = (_, line) => started.Said?.Invoke(line.Data ?? "");
            process.OutputDataReceived += say;
            process.ErrorDataReceived += say;
            return started;
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new InvalidOperationException($"{program} did not start:\n{string.Join('\n', lines.Select(line => line.Text))}");
        }
    }

    public void ForgetPeak() => File.WriteAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/clear_refs"), "5");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private long StatusBytes(string name)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/status")).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("Now listening on: (http[^ ]*)")]
    private static partial Regex Listening();
}
