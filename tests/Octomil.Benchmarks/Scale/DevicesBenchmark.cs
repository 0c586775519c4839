using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Octomil.Client.Http;
using Octomil.DeviceSimulator;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// Registration over HTTP, 10,000 devices connected at once, and the pushes of rounds to all of them, with the server in a process of its
/// own and all devices in this one, on the same machine.
/// </summary>
internal sealed class DevicesBenchmark : IBenchmark
{
    private const int Registered = 20_000;
    private const int Connected = 10_000;
    private const int AtOnce = 64;
    private const int Pushed = 4;
    private const double PushGoalSeconds = 2;
    private const string Model = "pushed";

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    public string Name => "devices";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        await using var service = await TrainingService.StartAsync(cancellationToken);
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = AtOnce };
        using var api = new Client.Http.OctomilApi(TrainingService.Key, new ApiAddress(service.Process.Address.ToString()), handler) { CallTimeout = TimeSpan.FromMinutes(2) };
        await RegisterAsync(api, "warm", 2_000, cancellationToken);
        var rest = await RestAsync(service, cancellationToken);

        var seconds = await RegisterAsync(api, "device", Registered, cancellationToken);
        var registered = await RestAsync(service, cancellationToken);

        // Of an organization of their own: a device that registered a moment ago is ready too, connected or not.
        await using var owner = await service.ForNewOrganizationAsync("Connected", cancellationToken);
        await RegisterAsync(owner.Api, "device", Connected, cancellationToken);
        var unconnected = await RestAsync(service, cancellationToken);
        var pushes = new Pushes();
        await using var fleet = new ConnectedDevices([.. Enumerable.Range(0, Connected).Select(index => new SimulatedDevice(owner.Api, owner.ApiKey, $"device-{index}", pushes))]);
        var connecting = await fleet.ConnectAsync(AtOnce, cancellationToken);
        var connected = await RestAsync(service, cancellationToken);

        await owner.PushAsync(Model, SyntheticModel.Weights(1_000), cancellationToken);
        var first = await PushAsync(owner, pushes, cancellationToken);
        await service.Process.CalmAsync(cancellationToken);
        var repeated = new List<List<double>>();
        while (repeated.Count < Pushed)
        {
            repeated.Add(await PushAsync(owner, pushes, cancellationToken));
        }

        List<double> times = [.. repeated.SelectMany(push => push).Order()];
        return
        [
            Measurement.Report("registration over HTTP, 20,000 devices", Registered / seconds, "devices/s"),
            Measurement.Report("server memory, each registered device", (registered - rest) / (double)Registered, "bytes"),
            Measurement.Report("connecting and greeting, 10,000 devices", Connected / connecting, "devices/s"),
            Measurement.Report("server memory, each idle connected device", (connected - unconnected) / (double)Connected, "bytes"),
            Measurement.Report("the first push to 10,000 connected devices, while its code is compiled, p99", At(first, 0.99), "s"),
            Measurement.Report("push to 10,000 connected devices, from the order to start, p50", At(times, 0.5), "s"),
            Measurement.Limit("push to 10,000 connected devices, from the order to start, p99", At(times, 0.99), "s", PushGoalSeconds),
            Measurement.Report("devices that got each push", repeated.Min(push => push.Count), "devices"),
        ];
    }

    private static async Task<List<double>> PushAsync(TrainingService owner, Pushes pushes, CancellationToken cancellationToken)
    {
        var request = new StartTrainingRequest { ModelId = Model, Rounds = 1, MinDevices = Connected, MinUpdates = Connected, TargetUpdates = Connected, OverSelection = 1 };
        var times = await pushes.MeasureAsync(() => owner.StartAsync(request, cancellationToken), cancellationToken);
        await owner.Api.SendAsync<JsonElement>(HttpMethod.Post, $"training/{Model}/stop", new { }, cancellationToken);
        return times;
    }

    private static double At(List<double> sorted, double part) => sorted[(int)(part * (sorted.Count - 1))];

    private static async Task<double> RegisterAsync(Client.Http.OctomilApi api, string prefix, int count, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (index, token) =>
            await api.RegisterDeviceAsync(new RegisterDeviceRequest { DeviceIdentifier = $"{prefix}-{index}", Platform = "linux" }, token));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    // Resident memory once what was allocated on the way had time to go.
    private static async Task<long> RestAsync(TrainingService service, CancellationToken cancellationToken)
    {
        await Task.Delay(Settling, cancellationToken);
        return service.Process.ResidentBytes;
    }

    /// <summary>Notes when each device hears of its round; nobody answers.</summary>
    private sealed class Pushes : IParticipant
    {
        private ConcurrentDictionary<string, long> _heard = new(StringComparer.Ordinal);
        private TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Assigned(SimulatedDevice device, RoundAssignmentMessage assignment)
        {
            if (_heard.TryAdd(device.Identifier, Stopwatch.GetTimestamp()) && _heard.Count == Connected)
            {
                _all.TrySetResult();
            }
        }

        public Task TakePartAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task<List<double>> MeasureAsync(Func<Task> start, CancellationToken cancellationToken)
        {
            (_heard, _all) = (new(StringComparer.Ordinal), new(TaskCreationOptions.RunContinuationsAsynchronously));
            var started = Stopwatch.GetTimestamp();
            await start();
            await _all.Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
            List<double> times = [.. _heard.Values.Select(heard => Stopwatch.GetElapsedTime(started, heard).TotalSeconds).Order()];
            return times;
        }
    }
}
