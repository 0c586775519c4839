using Octomil.Client;
using Octomil.Client.Http;
using Octomil.Client.Versions;
using Octomil.Inference.Following;
using Octomil.Inference.Models;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;
using Octomil.Models;

namespace Octomil.Inference;

/// <summary>
/// Serves one model on this device: always the version that the device should run, exchanged without losing a request; where the
/// service cannot be reached, the last good one.
/// </summary>
public sealed class ModelServing : IAsyncDisposable
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);

    private readonly ModelServingOptions _options;
    private readonly FederatedClient _client;
    private readonly InferenceServer _server;

    private ModelServing(ModelServingOptions options, FederatedClient client, InferenceServer server) =>
        (_options, _client, _server) = (options, client, server);

    /// <summary>The address it listens on.</summary>
    public string Address => _server.Address;

    /// <summary>The version that answers now; null: none is here yet.</summary>
    public string? Version => _server.Version;

    /// <summary>Listens, and answers with the version that is on this device already, if there is one.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="InvalidDataException">The version folder is damaged.</exception>
    public static async Task<ModelServing> StartAsync(ModelServingOptions options, CancellationToken cancellationToken)
    {
        ModelServing? serving = null;
        var client = new FederatedClient(options.ApiKey, options.DeviceIdentifier, new FederatedClientOptions
        {
            ApiBase = options.ApiBase,
            TokenFile = options.TokenFile,
            Handler = options.Handler,
            LoggerFactory = options.LoggerFactory,
            Clock = options.Server.Clock,
            VersionFolder = options.VersionFolder,
            VersionActivating = (version, token) => serving!.ActivateAsync(version, token),
        });
        try
        {
            serving = new ModelServing(options, client, await InferenceServer.StartAsync(options.Server, client.Telemetry, cancellationToken));
            serving.UseStored();
            return serving;
        }
        catch
        {
            await (serving?.DisposeAsync() ?? ValueTask.CompletedTask);
            client.Dispose();
            throw;
        }
    }

    /// <summary>Follows the versions that this device should run, for ever.</summary>
    /// <exception cref="OctomilException">The key is wrong, or the device was revoked.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled: the only good way to end it.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var preparing = PrepareStoredAsync(stop.Token);
        try
        {
            await _client.FollowVersionsAsync(cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await preparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private void UseStored()
    {
        if (_client.Versions!.GetCurrent(_options.Model) is not { } stored || !File.Exists(OnnxFile.PathOf(stored)))
        {
            return;
        }

        try
        {
            Serve(stored, OnnxFile.PathOf(stored), "kept on this device");
        }
        catch (ModelFileException)
        {
            // It is made of the weights, which were verified: once more, and what fails then is the version's fault.
            File.Delete(OnnxFile.PathOf(stored));
        }
    }

    // A version that another program brought into the folder, and that was not made runnable yet. One that cannot be run is taken back, of
    // which the service hears, and the one before it has its turn.
    private async Task PrepareStoredAsync(CancellationToken cancellationToken)
    {
        while (Version is null && _client.Versions!.GetCurrent(_options.Model) is { } stored)
        {
            try
            {
                await ActivateAsync(stored, cancellationToken);
            }
            catch (OctomilException exception) when (exception.IsTransient)
            {
                await Task.Delay(TryAgain, _options.Server.Clock, cancellationToken);
            }
            catch (Exception exception) when (exception is ModelFileException or InvalidDataException or ArchitectureException or WeightsFormatException)
            {
                _client.Versions.Reject(stored);
            }
        }
    }

    // Whatever goes wrong here refuses the version: the device reports that it failed, and the one before goes on answering.
    private async Task ActivateAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        if (version.ModelId != _options.Model && version.Model != _options.Model)
        {
            return;
        }

        var path = $"models/{Uri.EscapeDataString(version.ModelId)}/versions/{Uri.EscapeDataString(version.Version)}";
        var described = await _client.Api.GetAsync<ModelVersionResponse>(path, cancellationToken);
        if (described.Architecture is not { } architecture)
        {
            throw new InvalidDataException(
                $"{version.Version} has no architecture, so that it cannot be run here: only models of the catalog (linear, mlp, cnn) can be served.");
        }

        Serve(version, await OnnxFile.MakeAsync(version, architecture, cancellationToken), "assigned by the service");
    }

    private void Serve(StoredVersion version, string path, string source)
    {
        // Before it is loaded, for loading may be what kills the process.
        var before = Version;
        _client.Telemetry.Serve(version.ModelId, version.Version);
        try
        {
            _server.Use(path, source, version.ModelId);
        }
        catch
        {
            if (before is null)
            {
                _client.Telemetry.Leave(version.ModelId);
            }
            else
            {
                _client.Telemetry.Serve(version.ModelId, before);
            }

            throw;
        }

        _options.VersionServed?.Invoke(version.Version);
    }
}
