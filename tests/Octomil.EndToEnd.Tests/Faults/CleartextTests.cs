using System.Net;
using System.Runtime.InteropServices;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A cohort of one: its sums are its update, so nothing of them may lie anywhere in clear.</summary>
public sealed class CleartextTests
{
    private const int Rounds = 3;
    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(5000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_OfASingleDevice_LeavesItsUpdatesInClearInNoFile()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var device = (await ScriptedDevice.RegisterAsync(tenant, Layout, 1, Cancellation))[0];

        // Half a step: the new weights, which are no secret, are not the update itself.
        await tenant.StartRunAsync(
            Cancellation, ("rounds", Rounds), ("min_devices", 1), ("params", new Dictionary<string, string> { ["server_lr"] = "0.5" }));

        for (var round = 1; round <= Rounds; round++)
        {
            // Killed right after its answer, the server leaves on disk what it had there during the round.
            Assert.Equal(HttpStatusCode.OK, (await device.AnswerAsync(round, Cancellation)).Status);
            await server.KillAsync();
            AssertNowhere(server.DataFolder, device, round);
            await server.StartAsync(Cancellation);
        }

        await tenant.CompletedAsync(Cancellation);
        Assert.All(Enumerable.Range(1, Rounds), round => AssertNowhere(server.DataFolder, device, round));
    }

    private static void AssertNowhere(string folder, ScriptedDevice device, int round)
    {
        var values = device.ValuesOf(round);
        var folded = new ExactSums(values.Length);
        ExactFold.Add(folded, new FoldPlan(1024, 65536, 1), [new FoldInput(values, Factor: 1, device.SampleCount)]);
        var sums = folded.ToArray();

        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var bytes = Read(path);

            // Pieces from all over the model, so that one in which a page or a chunk ends does not hide the others.
            for (var start = 0; start < values.Length; start += 500)
            {
                Assert.False(Holds(bytes, values.AsSpan(start, 8)), $"{path} holds the update of round {round} as it was sent.");
                Assert.All(SumForms.Of(sums[start..(start + 8)]), form => Assert.False(Holds<byte>(bytes, form), $"{path} holds the sums of round {round}."));
            }
        }
    }

    private static bool Holds<T>(byte[] bytes, ReadOnlySpan<T> pattern)
        where T : unmanaged => bytes.AsSpan().IndexOf(MemoryMarshal.AsBytes(pattern)) >= 0;

    private static byte[] Read(string path)
    {
        try
        {
            // .NET's lock of the running server's file is advisory, and between .NET processes only.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes;
        }
        catch (FileNotFoundException)
        {
            // Deleted meanwhile.
            return [];
        }
        catch (IOException) when (new FileInfo(path).Length == 0)
        {
            // The lock of the running server.
            return [];
        }
    }
}
