using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Octomil.Client;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd;

public sealed class TrainingTests
{
    private const int Parameters = 1000;
    private const int Rounds = 3;
    private const string Model = "radiology-v1";

    private static readonly WeightsLayout Layout = WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [Parameters])]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithTheServerKilledInMidRound_EndsWithTheSameWeightsAsTheCalmRun()
    {
        var calm = await RunAsync(killInRound: null);
        var disturbed = await RunAsync(killInRound: 2);

        Assert.Equal(calm, disturbed);
    }

    [Fact]
    public async Task Put_OfBodiesThatAreNoUpdate_IsRefusedWithAReasonAndNothingCounts()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        await PushAsync(server);
        var device = (await server.PostAsync("/devices/register", new { device_identifier = "phone-1" }, Cancellation)).GetProperty("id").GetString()!;
        await StartAsync(server, minDevices: 1);
        var round = await RoundOfAsync(server, device);
        var good = await UpdateAsync([new TensorSpec("w", TensorType.F32, [Parameters])], 1);
        var notANumber = good.ToArray();
        BitConverter.TryWriteBytes(notANumber.AsSpan(notANumber.Length - 4), float.NaN);

        (string What, byte[] Body)[] bodies =
        [
            ("empty", []),
            ("NumPy", [0x93, .. "NUMPY"u8, 1, 0, .. new byte[200]]),
            ("zip", [.. "PK"u8, 3, 4, .. new byte[200]]),
            ("1 GB header", [.. BitConverter.GetBytes(1L << 30), .. new byte[100]]),
            ("truncated", good[..^10]),
            ("NaN", notANumber),
            ("wrong shape", await UpdateAsync([new TensorSpec("w", TensorType.F32, [Parameters - 1])], 1)),
            ("wrong name", await UpdateAsync([new TensorSpec("v", TensorType.F32, [Parameters])], 1)),
            ("larger than the model", new byte[1 << 20]),
        ];

        foreach (var (what, body) in bodies)
        {
            using var response = await PutAsync(server, round, device, body);
            var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement;
            Assert.True((int)response.StatusCode is 400 or 413 or 422, $"{what}: {response.StatusCode}");
            Assert.NotEmpty(problem.GetProperty("code").GetString()!);
            Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        }

        Assert.Equal(0, await UpdatesAsync(server));
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(server, round, "dev_0123456789abcdef", good)).StatusCode);
    }

    [Theory]
    [InlineData("fedavg")]
    [InlineData("fedmedian")]
    public async Task Put_OfOneUpdateTwice_GetsTheSameReceiptAndIsInNoFileInClear(string strategy)
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        await PushAsync(server);
        var device = (await server.PostAsync("/devices/register", new { device_identifier = "phone-1" }, Cancellation)).GetProperty("id").GetString()!;
        var other = (await server.PostAsync("/devices/register", new { device_identifier = "phone-2" }, Cancellation)).GetProperty("id").GetString()!;
        await StartAsync(server, minDevices: 2, strategy);
        var round = await RoundOfAsync(server, device);
        var update = await UpdateAsync([.. Layout.Tensors], 0.7071f);

        var first = await (await PutAsync(server, round, device, update)).EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(1, await UpdatesAsync(server));
        AssertNowhere(server, update.AsSpan(update.Length - 64));
        Assert.All(SumForms.Of(ScaledIntegers(0.7071f, devices: 2)), form => AssertNowhere(server, form));

        var second = await (await PutAsync(server, round, device, update)).EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(first, second);
        Assert.Equal(1, await UpdatesAsync(server));

        // After the round closed, its counted device still gets its receipt, and a stranger to it a reason.
        (await PutAsync(server, round, other, update)).EnsureSuccessStatusCode();
        await server.UntilAsync(async () => await RoundNumberAsync(server) == 2, "the next round", Cancellation);
        Assert.Equal(first, await (await PutAsync(server, round, device, update)).EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancellation));
        AssertNowhere(server, update.AsSpan(update.Length - 64));

        // Sums, lists and stored updates of the round are gone with its key.
        await server.UntilAsync(
            () => Task.FromResult(!Directory.EnumerateFileSystemEntries(server.DataFolder, "*", SearchOption.AllDirectories).Any(path => path.Contains(round, StringComparison.Ordinal))),
            "the files of the round to be deleted", Cancellation);
    }

    private static async Task<string> RunAsync(int? killInRound)
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        await PushAsync(server);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var devices = Enumerable.Range(0, 3).Select(index => Task.Run(async () =>
        {
            var client = new FederatedClient(ServerProcess.Key, $"hospital-{index}", new FederatedClientOptions { ApiBase = server.Address });
            var round = 0;
            await client.TrainFromRemoteAsync(Model, async (weights, token) =>
            {
                if (++round == killInRound && index == 2)
                {
                    await held.Task.WaitAsync(token);
                }

                return new LocalTrainingResult(weights.WithTrained(Trained(weights.Trained, index)), SampleCount: 10 + index);
            }, Rounds, TimeSpan.FromMinutes(2), Cancellation);
        }, Cancellation)).ToList();

        await StartAsync(server, minDevices: 3);

        if (killInRound is not null)
        {
            await server.UntilAsync(async () => await RoundNumberAsync(server) == killInRound && await UpdatesAsync(server) == 2, "two of three updates", Cancellation);
            await server.KillAsync();
            await server.StartAsync(Cancellation);
            Assert.Equal(2, await UpdatesAsync(server));
            held.SetResult();
        }

        await server.UntilAsync(async () => (await StatusAsync(server)).GetProperty("status").GetString() == "COMPLETED", "the run to complete", Cancellation);
        await Task.WhenAll(devices);
        var latest = (await server.GetAsync($"/models/{Model}/versions?limit=1", Cancellation)).GetProperty("versions")[0];
        Assert.Equal("2.0.0", latest.GetProperty("version").GetString());
        return latest.GetProperty("sha256").GetString()!;
    }

    private static float[] Trained(float[] start, int device) =>
        [.. start.Select((value, i) => value + ((device + 1) * 0.01f * MathF.Sin(i + (10 * value))))];

    private static async Task PushAsync(ServerProcess server)
    {
        await server.PostAsync("/models", new { name = Model }, Cancellation);
        using var file = new MemoryStream();
        await ModelWeights.Create(Layout).SaveAsync(file, null, Cancellation);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("1.0.0"), "version" },
            { new ByteArrayContent(file.ToArray()), "file", "weights.safetensors" },
        };
        using var response = await server.Http.PostAsync($"/api/v1/models/{Model}/versions/upload", form, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private static Task<JsonElement> StartAsync(ServerProcess server, int minDevices, string strategy = "fedavg") => server.PostAsync(
        "/training/sessions", new { model_id = Model, strategy, rounds = Rounds, min_devices = minDevices, min_updates = 1 }, Cancellation);

    private static async Task<string> RoundOfAsync(ServerProcess server, string device)
    {
        var round = "";
        await server.UntilAsync(async () =>
        {
            var rounds = (await server.GetAsync($"/training/rounds?device_id={device}&status=active", Cancellation)).GetProperty("rounds");
            round = rounds.GetArrayLength() > 0 ? rounds[0].GetProperty("round_id").GetString()! : "";
            return round.Length > 0;
        }, "an assignment", Cancellation);
        return round;
    }

    private static async Task<HttpResponseMessage> PutAsync(ServerProcess server, string round, string device, byte[] body)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        return await server.Http.PutAsync($"/api/v1/training/rounds/{round}/updates/{device}", content, Cancellation);
    }

    private static async Task<byte[]> UpdateAsync(TensorSpec[] tensors, float value)
    {
        var layout = WeightsLayout.Create(tensors);
        var values = new float[layout.ParameterCount];
        Array.Fill(values, value);
        using var stream = new MemoryStream();
        await UpdateWriter.WriteAsync(stream, layout, values, new UpdateContent { SampleCount = 7 }, Cancellation);
        return stream.ToArray();
    }

    private static Task<JsonElement> StatusAsync(ServerProcess server) => server.GetAsync($"/training/{Model}/status", Cancellation);

    private static async Task<int> RoundNumberAsync(ServerProcess server) => (await StatusAsync(server)).GetProperty("current_round").GetInt32();

    private static async Task<int> UpdatesAsync(ServerProcess server) =>
        (await StatusAsync(server)).GetProperty("contributions").EnumerateArray().Sum(part => part.GetProperty("updates").GetInt32());

    // What the fold adds for each parameter of this value.
    private static long[] ScaledIntegers(float value, int devices)
    {
        var sums = new ExactSums(8);
        var values = new float[sums.Length];
        Array.Fill(values, value);
        ExactFold.Add(sums, new FoldPlan(1024, 65536, devices), [new FoldInput(values, Factor: 1, Weight: 7)]);
        return sums.ToArray();
    }

    private static void AssertNowhere(ServerProcess server, ReadOnlySpan<byte> floats)
    {
        var pattern = floats.ToArray();

        foreach (var path in Directory.EnumerateFiles(server.DataFolder, "*", SearchOption.AllDirectories).Where(path => !path.Contains("/runs/", StringComparison.Ordinal)))
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var copy = new MemoryStream();
                file.CopyTo(copy);
                Assert.True(copy.ToArray().AsSpan().IndexOf(pattern) < 0, $"{path} holds the update.");
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Deleted meanwhile, maybe with its round's folder.
            }
        }
    }
}
