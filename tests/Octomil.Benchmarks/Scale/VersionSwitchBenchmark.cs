using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Octomil.Client.Http;
using Octomil.Deployments;
using Octomil.DeviceSimulator;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// A version switch over 10,000 connected devices: the order, the push, each device's own download and checksum, its report; until 95 %
/// are counted as active. Server in a process of its own, all devices in this one, on the same machine.
/// </summary>
internal sealed class VersionSwitchBenchmark : IBenchmark
{
    private const int Devices = 10_000;
    private const int AtOnce = 64;
    private const int Parameters = 1_000;
    private const string Model = "switched";

    public string Name => "version-switch";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        await using var service = await TrainingService.StartAsync(cancellationToken);
        await using var owner = await service.ForNewOrganizationAsync("Switched", cancellationToken);
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = AtOnce };
        using var api = new Client.Http.OctomilApi(owner.ApiKey, new ApiAddress(service.Process.Address.ToString()), handler) { CallTimeout = TimeSpan.FromMinutes(2) };
        await owner.PushAsync(Model, SyntheticModel.Weights(Parameters), cancellationToken);
        await owner.PushAsync(Model, SyntheticModel.Weights(Parameters), cancellationToken, "2.0.0");
        var work = new Work();
        await using var fleet = new ConnectedDevices([.. Enumerable.Range(0, Devices).Select(index =>
            new SimulatedDevice(api, owner.ApiKey, $"device-{index}", new NoRounds()) { VersionAssigned = work.Take })]);
        await fleet.ConnectAsync(AtOnce, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = Enumerable.Range(0, AtOnce).Select(_ => work.RunAsync(stop.Token)).ToList();

        // Everybody gets a first version, so that the measured one is a switch.
        await DeployAsync(owner, "1.0.0", 100, Devices, cancellationToken);
        var step = await DeployAsync(owner, "2.0.0", 10, 900, cancellationToken);
        work.Begin();
        var whole = await DeployAsync(owner, "2.0.0", 100, (int)(0.95 * Devices), cancellationToken);
        var heard = work.Heard();
        await stop.CancelAsync();
        await Task.WhenAll(workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return
        [
            Measurement.Report("version switch, step to 10 % of 10,000 devices, until 900 report active", step, "s"),
            Measurement.Report("version switch, step from 10 % to 100 %, push to the last device", heard[^1], "s"),
            Measurement.Report("version switch over 10,000 devices, until 95 % report active", whole, "s"),
        ];
    }

    // Orders the version and waits until so many devices are counted; the seconds it took.
    private static async Task<double> DeployAsync(TrainingService owner, string version, double percentage, int devices, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var rollout = await owner.Api.SendAsync<RolloutResponse>(
            HttpMethod.Post, $"models/{Model}/rollouts", new CreateRolloutRequest { Version = version, RolloutPercentage = percentage }, cancellationToken);
        while (rollout.Progress.Active < devices)
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(5))
            {
                throw new InvalidOperationException($"Only {rollout.Progress.Active} of {devices} devices run {version} after five minutes.");
            }

            await Task.Delay(50, cancellationToken);
            rollout = await owner.Api.GetAsync<RolloutResponse>($"models/{Model}/rollouts/{rollout.Id}", cancellationToken);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>What the devices do when they hear of a version, so many at once.</summary>
    private sealed class Work
    {
        private readonly Channel<(SimulatedDevice Device, AssignedVersion Version)> _queue = Channel.CreateUnbounded<(SimulatedDevice, AssignedVersion)>();
        private readonly ConcurrentBag<long> _heard = [];
        private long _began;

        public void Begin()
        {
            _heard.Clear();
            _began = Stopwatch.GetTimestamp();
        }

        public List<double> Heard() => [.. _heard.Select(heard => Stopwatch.GetElapsedTime(_began, heard).TotalSeconds).Order()];

        public void Take(SimulatedDevice device, AssignedVersion version)
        {
            _heard.Add(Stopwatch.GetTimestamp());
            _queue.Writer.TryWrite((device, version));
        }

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            await foreach (var (device, version) in _queue.Reader.ReadAllAsync(cancellationToken))
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, device.Api.Address.For($"models/{version.ModelId}/versions/{version.Version}/download"));
                using var response = await device.Api.SendAsync(request, cancellationToken);
                var file = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                if (Convert.ToHexStringLower(SHA256.HashData(file)) != version.Sha256)
                {
                    throw new InvalidOperationException($"{device.Identifier} got other bytes than were announced.");
                }

                await device.ReportActiveAsync(version, cancellationToken);
            }
        }
    }

    private sealed class NoRounds : IParticipant
    {
        public void Assigned(SimulatedDevice device, RoundAssignmentMessage assignment)
        {
        }

        public Task TakePartAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
