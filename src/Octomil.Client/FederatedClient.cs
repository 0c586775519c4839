using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Client.Rounds;
using Octomil.Client.Sessions;
using Octomil.Client.Tokens;
using Octomil.Client.Versions;
using Octomil.Devices;
using Octomil.Learning.Weights;

namespace Octomil.Client;

/// <summary>
/// A device in federated training. It downloads a round's weights, trains on data that stays here, and sends only the difference.
/// The package Octomil.Client.Training adds <c>TrainAsync(model, data, targetColumn)</c> for tables and images.
/// One of <c>TrainAsync</c>, <c>TrainFromRemoteAsync</c> and <c>RunAsync</c> at a time.
/// </summary>
public sealed class FederatedClient : IDisposable
{
    private const int TriesToRegister = 4;
    private readonly FederatedClientOptions _options;
    private readonly ClientSettings _settings;
    private readonly DeviceRegistration _device;
    private int _isBusy;

    /// <param name="apiKey">
    /// An API key with the scope <c>devices:write</c>; it decides the organization. Null where <see cref="FederatedClientOptions.TokenFile"/> takes its place.
    /// </param>
    /// <param name="deviceIdentifier">The device's name in its organization, such as <c>hospital-001</c>.</param>
    /// <param name="options">Address of the service, log, handler; null: the defaults.</param>
    /// <exception cref="ArgumentException">The key or the identifier is empty, or the address is none.</exception>
    public FederatedClient(string? apiKey, string deviceIdentifier, FederatedClientOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(deviceIdentifier);
        _options = options ?? new FederatedClientOptions();
        ILogger logger = _options.LoggerFactory?.CreateLogger("Octomil.Client") ?? NullLogger.Instance;
        _settings = new ClientSettings(_options.Clock, _options.Chance, logger, _options.VersionAssigned) { StateFolder = _options.StateFolder };
        Api = Connect(apiKey);
        _device = new DeviceRegistration(Api, deviceIdentifier, _options, _settings);
        Versions = _options.VersionFolder is { } folder ? new VersionStore(folder) : null;
        Telemetry = Versions is null ? new InferenceTelemetry() : new InferenceTelemetry(new CrashMarkers(_options.VersionFolder!));
    }

    /// <summary>The HTTP API with this client's key.</summary>
    public OctomilApi Api { get; }

    /// <summary>The versions that this device runs; null where <see cref="FederatedClientOptions.VersionFolder"/> was not given.</summary>
    public VersionStore? Versions { get; }

    /// <summary>Counts local inferences; sent while this client runs.</summary>
    public InferenceTelemetry Telemetry { get; }

    /// <summary>The device's name in its organization.</summary>
    public string DeviceIdentifier => _device.Identifier;

    /// <summary>The device's id, <c>dev_...</c>; null before the first registration.</summary>
    public string? DeviceId => _device.Id;

    /// <summary>
    /// Registers the device, or updates what is known about it: an upsert by organization and identifier. The other methods do it where
    /// it was not done.
    /// </summary>
    /// <exception cref="OctomilException">The key is wrong, or the service cannot be reached in a few tries.</exception>
    public Task<DeviceResponse> RegisterAsync(CancellationToken cancellationToken = default) => _device.RegisterAsync(TriesToRegister, cancellationToken);

    /// <summary>
    /// Waits for a run over the model that selects this device, takes part in every round that selects it until the run ends (or so
    /// many rounds are done), and returns what it did.
    /// </summary>
    /// <param name="model">The model's name or id.</param>
    /// <param name="trainer">Trains on this device's data.</param>
    /// <param name="options">Rounds, time-out, target column.</param>
    /// <param name="cancellationToken">Ends it, in mid-training too.</param>
    /// <exception cref="NoRunException">No run selected this device in time.</exception>
    /// <exception cref="OctomilException">The key is wrong, the device was revoked, or an update was refused for what it is.</exception>
    /// <exception cref="InvalidDataException">Training gave what cannot be sent. The trainer's own exceptions come as they are.</exception>
    public async Task<TrainingSummary> TrainAsync(
        string model, ILocalTrainer trainer, TrainingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        options ??= new TrainingOptions();
        if (options.Rounds is { } rounds)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1, nameof(options));
        }

        var goal = new RunGoal(Api, _settings, new LocalModel(model, trainer, options.TargetColumn), options, DeviceIdentifier);
        await RunSessionAsync(goal, options.Timeout, cancellationToken);
        return goal.Summarize();
    }

    /// <summary>
    /// Takes part with a training loop of your own in exactly so many rounds, each from that round's weights; fewer if the run ends,
    /// which the result says.
    /// </summary>
    /// <param name="model">The model's name or id.</param>
    /// <param name="localTrain">Gets a copy of the base weights, which it may change, and returns the new weights.</param>
    /// <param name="rounds">At least 1.</param>
    /// <param name="timeout">How long to wait for a run that selects this device; null: an hour.</param>
    /// <param name="cancellationToken">Ends it; passed on to the loop.</param>
    /// <exception cref="NoRunException">No run selected this device in time.</exception>
    /// <exception cref="OctomilException">The key is wrong, the device was revoked, or an update was refused for what it is.</exception>
    /// <exception cref="InvalidDataException">The loop returned what cannot be sent. Its own exceptions come as they are.</exception>
    public Task<TrainingSummary> TrainFromRemoteAsync(
        string model,
        Func<ModelWeights, CancellationToken, Task<LocalTrainingResult>> localTrain,
        int rounds,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        var options = new TrainingOptions { Rounds = rounds };
        return TrainAsync(model, new RemoteTrainer(localTrain), options with { Timeout = timeout ?? options.Timeout }, cancellationToken);
    }

    /// <inheritdoc cref="TrainFromRemoteAsync(string, Func{ModelWeights, CancellationToken, Task{LocalTrainingResult}}, int, TimeSpan?, CancellationToken)"/>
    public Task<TrainingSummary> TrainFromRemoteAsync(
        string model, Func<ModelWeights, LocalTrainingResult> localTrain, int rounds, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TrainFromRemoteAsync(model, (weights, _) => Task.FromResult(localTrain(weights)), rounds, timeout, cancellationToken);

    /// <summary>Takes part whenever this device is selected for the model, for ever, whatever the network does.</summary>
    /// <exception cref="OctomilException">The key is wrong from the start, or the device was revoked.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled: the only way to end it.</exception>
    public Task RunAsync(string model, ILocalTrainer trainer, CancellationToken cancellationToken) =>
        RunAsync(new Dictionary<string, ILocalTrainer> { [model] = trainer }, cancellationToken);

    /// <summary>Takes part whenever this device is selected for one of the models, for ever, whatever the network does.</summary>
    /// <param name="trainers">The trainers by the model's name or id.</param>
    /// <param name="cancellationToken">The only way to end it.</param>
    /// <exception cref="OctomilException">The key is wrong from the start, or the device was revoked.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task RunAsync(IReadOnlyDictionary<string, ILocalTrainer> trainers, CancellationToken cancellationToken)
    {
        var models = trainers.Select(trainer => new LocalModel(trainer.Key, trainer.Value, null)).ToList();
        return RunSessionAsync(new EndlessGoal(models, _settings), Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Brings the versions that this device should run into the version folder, for ever, and takes part in no round.</summary>
    /// <exception cref="InvalidOperationException">There is no version folder.</exception>
    /// <exception cref="OctomilException">The key is wrong from the start, or the device was revoked.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled: the only way to end it.</exception>
    public Task FollowVersionsAsync(CancellationToken cancellationToken) => Versions is null
        ? throw new InvalidOperationException("Versions are followed into a folder: set FederatedClientOptions.VersionFolder.")
        : RunSessionAsync(new EndlessGoal([], _settings), Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Telemetry.Dispose();
        Api.Dispose();
    }

    private OctomilApi Connect(string? apiKey)
    {
        var address = new ApiAddress(_options.ResolveApiBase());
        if (_options.TokenFile is not { } file)
        {
            return new OctomilApi(apiKey!, address, _options.Handler, _options.Clock);
        }

        var open = new OctomilApi(new FixedCredential(null), address, _options.Handler, _options.Clock);
        return new OctomilApi(new TokenCredential(Path.GetFullPath(file), open, _settings), address, _options.Handler, _options.Clock);
    }

    private async Task RunSessionAsync(ISessionGoal goal, TimeSpan timeToRegister, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isBusy, 1) == 1)
        {
            throw new InvalidOperationException("This client takes part already. Use one client for each device.");
        }

        try
        {
            await RegisterPatientlyAsync(timeToRegister, cancellationToken);
            var session = new DeviceSession(Api, _device, _settings, goal)
            {
                Follower = Versions is null ? null : new VersionFollower(Api, _device, Versions, _settings, new VersionCallbacks(_options.VersionActivating)),
                Telemetry = new TelemetrySender(Api, _device, Telemetry, _settings),
            };
            await session.RunAsync(inbox => new DeviceHub(Api, _device.RequiredId, _options.Handler, inbox), cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private async Task RegisterPatientlyAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (_device.Id is not null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(atMost, _settings.Clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _device.RegisterAsync(int.MaxValue, linked.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NoRunException($"{Api.Address.Root} could not be reached in time, so that {DeviceIdentifier} is not registered.", exception);
        }
    }
}
