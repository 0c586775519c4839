using System.Diagnostics;
using Octomil.Training;

namespace Octomil;

/// <summary>The built command as a process: what only a process has, its streams, exit code and signals.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Status_OfARun_IsPrintedAsDocumented()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /training/radiology-v1/status", Runs.Status());
        using var octomil = Start(service, "train", "status", "radiology-v1");

        var output = await octomil.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await EndAsync(octomil);

        Assert.Equal(0, octomil.ExitCode);
        Assert.Equal(string.Join("\n", StatusText.Lines(Runs.Status())) + "\n", output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Watch_InterruptedByTheUser_EndsWithZeroAndSaysThatTheRunGoesOn()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Signals are sent with kill.");
        }

        await using var service = await FakeService.StartAsync();
        service.On("GET /training/radiology-v1/events", async context =>
        {
            await Runs.Events(Runs.Status(round: 1))(context);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var octomil = Start(service, "train", "status", "radiology-v1", "--watch");

        var first = await octomil.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using var kill = Process.Start("kill", ["-INT", octomil.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        var error = await octomil.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await EndAsync(octomil);

        Assert.StartsWith("round 1/50", first, StringComparison.Ordinal);
        Assert.Contains("the run goes on", error, StringComparison.Ordinal);
        Assert.Equal(0, octomil.ExitCode);
    }

    private static Process Start(FakeService service, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "octomil.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OCTOMIL_API_BASE"] = service.Address;
        start.Environment["OCTOMIL_API_KEY"] = CommandLine.Key;
        return Process.Start(start)!;
    }

    private static async Task EndAsync(Process process)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"octomil did not end within {_patience}.");
        }
    }
}
