using System.Collections.Concurrent;
using System.Security.Cryptography;
using Octomil.Models;
using Octomil.Storage;
using Octomil.Training;

namespace Octomil.Fakes;

public sealed class FakeModel(string id) : IModelGrain
{
    public ModelSnapshot? Snapshot { get; set; }

    public Task<bool> CreateAsync(string ownerId, ModelDescription description)
    {
        Snapshot ??= new ModelSnapshot { Id = id, OwnerId = ownerId, Description = description, CreatedAt = Time.Start };
        return Task.FromResult(Snapshot.OwnerId == ownerId);
    }

    public Task<ModelSnapshot?> GetAsync(string callerId) => Task.FromResult(Snapshot?.OwnerId == callerId ? Snapshot : null);

    public Task<AddVersionResult> AddVersionAsync(string callerId, ModelVersion version)
    {
        if (Snapshot!.Versions.FirstOrDefault(known => known.Version == version.Version) is { } known)
        {
            return Task.FromResult(known.Weights == version.Weights ? AddVersionResult.Added : AddVersionResult.Exists);
        }

        Snapshot = Snapshot with { Versions = Snapshot.Versions.Add(version) };
        return Task.FromResult(AddVersionResult.Added);
    }

    public Task<string?> PublishRunAsync(string callerId, ModelVersion version) => throw new NotSupportedException();

    public Task<string?> BeginRunAsync(string callerId, string runId) => throw new NotSupportedException();

    public Task EndRunAsync(string runId) => throw new NotSupportedException();

    public Task<bool> ShareWithAsync(string ownerId, string federationId) => throw new NotSupportedException();
}

/// <summary>Weights in memory; the other calls are not the API's.</summary>
public sealed class FakePayloads
{
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public FakePayloads() => Store = Proxy.Of<IPayloadStore>((method, arguments) => method.Name switch
    {
        nameof(IPayloadStore.SaveWeightsAsync) => SaveAsync((Func<Stream, CancellationToken, Task>)arguments[1]!),
        nameof(IPayloadStore.OpenWeights) => new MemoryStream(_files[((WeightsRef)arguments[0]!).Sha256], writable: false),
        _ => throw new NotSupportedException(method.Name),
    });

    public IPayloadStore Store { get; }

    public IReadOnlyDictionary<string, byte[]> Files => _files;

    public WeightsRef Put(byte[] file)
    {
        var weights = new WeightsRef { Sha256 = Convert.ToHexStringLower(SHA256.HashData(file)), Bytes = file.Length };
        _files[weights.Sha256] = file;
        return weights;
    }

    private async Task<WeightsRef> SaveAsync(Func<Stream, CancellationToken, Task> write)
    {
        using var stream = new MemoryStream();
        await write(stream, CancellationToken.None);
        return Put(stream.ToArray());
    }
}
