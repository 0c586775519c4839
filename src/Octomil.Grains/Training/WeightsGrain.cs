using Octomil.Storage;

namespace Octomil.Training;

/// <remarks>Keeps nothing: that calls take turns is all it is for.</remarks>
internal sealed class WeightsGrain(IPayloadInventory payloads) : Grain, IWeightsGrain
{
    public Task<bool> RenewAsync(WeightsRef weights) => payloads.RenewWeightsAsync(weights, CancellationToken.None);

    public Task<bool> CollectAsync(WeightsRef weights, DateTimeOffset storedBefore) =>
        payloads.CollectWeightsAsync(weights, storedBefore, CancellationToken.None);
}
