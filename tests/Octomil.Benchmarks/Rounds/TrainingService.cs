using System.Text.Json;
using Octomil.Client.Http;
using Octomil.Learning.Weights;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>The real server, started for a benchmark, with its first organization's key.</summary>
internal sealed class TrainingService : IAsyncDisposable
{
    public const string Key = "edg_test_0123456789abcdefghijABCDEFGHIJ01";

    private readonly bool _ownsProcess;

    private TrainingService(ServerProcess process, string apiKey = Key, bool ownsProcess = true)
    {
        (Process, ApiKey, _ownsProcess) = (process, apiKey, ownsProcess);
        Api = new Client.Http.OctomilApi(apiKey, new ApiAddress(process.Address.ToString()));
    }

    public ServerProcess Process { get; }

    public Client.Http.OctomilApi Api { get; }

    /// <summary>The key of <see cref="Api"/>.</summary>
    public string ApiKey { get; }

    /// <summary>The same server for a new organization, none of whose devices has been seen before.</summary>
    public async Task<TrainingService> ForNewOrganizationAsync(string name, CancellationToken cancellationToken)
    {
        var created = await Api.SendAsync<CreateOrganizationResponse>(HttpMethod.Post, "organizations", new CreateOrganizationRequest { Name = name }, cancellationToken);
        return new TrainingService(Process, created.ApiKey, ownsProcess: false);
    }

    /// <summary>The same organization at another server of the same cluster.</summary>
    public TrainingService On(ServerProcess process) => new(process, ApiKey, ownsProcess: false);

    /// <summary>One server of a cluster; of those that start at the same time on a new database.</summary>
    public static Task<TrainingService> StartAsync(string database, string dataFolder, CancellationToken cancellationToken) => StartAsync([], _ => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Cluster",
        ["OCTOMIL_DATABASE"] = database,
        ["OCTOMIL_DATA"] = dataFolder,
        ["OCTOMIL_BOOTSTRAP_KEY"] = Key,
        ["Octomil__Cluster__Port"] = "0",
        ["Octomil__Cluster__AdvertisedAddress"] = "127.0.0.1",
    }, cancellationToken);

    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="under">A program and its arguments that the server is started by, such as a tracer.</param>
    public static Task<TrainingService> StartAsync(CancellationToken cancellationToken, params IReadOnlyList<string> under) =>
        StartAsync(under, folder => new() { ["OCTOMIL_DATA"] = folder.FullName, ["OCTOMIL_BOOTSTRAP_KEY"] = Key }, cancellationToken);

    private static async Task<TrainingService> StartAsync(
        IReadOnlyList<string> under, Func<DirectoryInfo, Dictionary<string, string>> environment, CancellationToken cancellationToken)
    {
        List<string> command = [.. under, Path.Combine(Programs.Root, "src", "Octomil.Server", "bin", "Release", "net10.0", "Octomil.Server")];
        var service = new TrainingService(await ServerProcess.StartAsync(command[0], command[1..], environment, cancellationToken));

        while (true)
        {
            try
            {
                await service.Api.GetAsync<JsonElement>("organizations/current", cancellationToken);
                return service;
            }
            catch (OctomilException)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    /// <summary>A version of a model without architecture: only its tensors' shapes matter.</summary>
    public async Task PushAsync(string model, ModelWeights weights, CancellationToken cancellationToken, string version = "1.0.0")
    {
        await Api.SendAsync<JsonElement>(HttpMethod.Post, "models", new CreateModelRequest { Name = model }, cancellationToken);
        using var file = new MemoryStream();
        await weights.SaveAsync(file, null, cancellationToken);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(version), "version" },
            { new ByteArrayContent(file.GetBuffer(), 0, (int)file.Length), "file", "weights.safetensors" },
        };
        await Api.SendContentAsync<JsonElement>(HttpMethod.Post, $"models/{model}/versions/upload", form, TimeSpan.FromMinutes(5), cancellationToken);
    }

    public Task StartAsync(StartTrainingRequest request, CancellationToken cancellationToken) =>
        Api.SendAsync<StartTrainingResponse>(HttpMethod.Post, "training/sessions", request, cancellationToken);

    /// <summary>Waits until the run over the model is over.</summary>
    public async Task<TrainingStatusResponse> WaitAsync(string model, CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = await Api.GetTrainingStatusAsync(model, cancellationToken);

            if (status.Status is "COMPLETED")
            {
                return status;
            }

            if (status.Status is "FAILED" or "STOPPED" or "PAUSED")
            {
                throw new InvalidOperationException($"The run over {model} is {status.Status}: {status.Reason}");
            }

            await Task.Delay(200, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        if (_ownsProcess)
        {
            await Process.DisposeAsync();
        }
    }
}
