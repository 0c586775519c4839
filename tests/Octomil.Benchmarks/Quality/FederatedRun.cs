using System.Text.Json;
using Octomil.Client;
using Octomil.Client.Training;
using Octomil.Client.Training.Images;
using Octomil.Client.Training.Tables;
using Octomil.Federations;
using Octomil.Learning.Weights;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>Trains a case at the real server with the real SDK, and measures the published version on the case's test data.</summary>
internal static class FederatedRun
{
    private const string Model = "benchmark";

    public static async Task<Evaluation> RunAsync(LearningCase learning, CancellationToken cancellationToken)
    {
        await using var service = await TrainingService.StartAsync(cancellationToken);
        var keys = await FederateAsync(service, learning, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var clients = new List<FederatedClient>();

        try
        {
            var running = new List<Task>();

            foreach (var (key, organization) in keys.Zip(learning.Organizations))
            {
                foreach (var data in organization)
                {
                    var client = new FederatedClient(key, $"device-{clients.Count}", new FederatedClientOptions { ApiBase = service.Process.Address.ToString() });
                    clients.Add(client);
                    await client.RegisterAsync(cancellationToken);
                    running.Add(client.RunAsync(Model, new LocalDataTrainer(data), stop.Token));
                }
            }

            await service.StartAsync(
                new StartTrainingRequest
                {
                    ModelId = Model, Rounds = learning.Rounds, MinDevices = clients.Count, MinUpdates = clients.Count, LocalEpochs = learning.LocalEpochs, Seed = 1,
                },
                cancellationToken);
            await await Task.WhenAny([service.WaitAsync(Model, cancellationToken), .. running]);
            await stop.CancelAsync();
            await Task.WhenAll(running.Select(task => Task.WhenAny(task)));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        return await EvaluateAsync(service, learning, cancellationToken);
    }

    // The first organization owns the model and the federation.
    private static async Task<List<string>> FederateAsync(TrainingService service, LearningCase learning, CancellationToken cancellationToken)
    {
        const string Federation = "federation";
        var owner = service.Api;
        List<string> keys = [TrainingService.Key];
        await owner.SendAsync<JsonElement>(HttpMethod.Post, "models", new CreateModelRequest { Name = Model }, cancellationToken);
        await owner.SendAsync<JsonElement>(HttpMethod.Post, "federations", new CreateFederationRequest { Name = Federation }, cancellationToken);

        for (var i = 1; i < learning.Organizations.Count; i++)
        {
            var created = await owner.SendAsync<CreateOrganizationResponse>(
                HttpMethod.Post, "organizations", new CreateOrganizationRequest { Name = $"Organization {i}" }, cancellationToken);
            await owner.SendAsync<JsonElement>(
                HttpMethod.Post, $"federations/{Federation}/invite", new InviteRequest { OrgIds = [created.Id] }, cancellationToken);
            using var member = new Client.Http.OctomilApi(created.ApiKey, service.Api.Address);
            await member.SendAsync<JsonElement>(HttpMethod.Post, $"federations/{Federation}/join", new JoinRequest { OrgId = created.Id }, cancellationToken);
            keys.Add(created.ApiKey);
        }

        using var form = new MultipartFormDataContent { { new StringContent("1.0.0"), "version" }, { new StringContent(learning.ArchitectureJson), "architecture" } };
        await owner.SendContentAsync<JsonElement>(HttpMethod.Post, $"models/{Model}/versions/upload", form, TimeSpan.FromMinutes(1), cancellationToken);
        await owner.SendAsync<JsonElement>(HttpMethod.Post, $"federations/{Federation}/models", new ShareModelRequest { ModelId = Model }, cancellationToken);
        return keys;
    }

    private static async Task<Evaluation> EvaluateAsync(TrainingService service, LearningCase learning, CancellationToken cancellationToken)
    {
        var versions = await service.Api.GetAsync<ModelVersionList>($"models/{Model}/versions?limit=1", cancellationToken);
        using var request = new HttpRequestMessage(
            HttpMethod.Get, service.Api.Address.For($"models/{Model}/versions/{versions.Versions[0].Version}/download?format=safetensors"));
        using var response = await service.Api.SendAsync(request, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var weights = await ModelWeights.LoadAsync(stream, cancellationToken);
        LocalDataset test = learning.Architecture.Image is null
            ? TabularData.Load(learning.Test, learning.Architecture, cancellationToken: cancellationToken)
            : ImageData.Load(learning.Test, learning.Architecture, cancellationToken);
        return new TorchTrainer(learning.Architecture).Evaluate(weights, test, cancellationToken: cancellationToken);
    }
}
