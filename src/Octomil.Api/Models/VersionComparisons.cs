using Octomil.Learning.Weights;
using Octomil.Storage;

namespace Octomil.Models;

/// <summary>Compares versions of a model. Each comparison reads both files once, in blocks.</summary>
internal sealed class VersionComparisons(IPayloadStore payloads) : IDisposable
{
    private const int AtOnce = 4;

    private readonly SemaphoreSlim _turns = new(AtOnce);

    public async Task<VersionComparisonResponse> CompareAsync(ModelSnapshot model, ModelVersion from, ModelVersion to, CancellationToken cancellationToken)
    {
        var tensors = await ReadAsync(from, to, cancellationToken);
        var trained = tensors.Where(tensor => tensor.Spec.IsTrained).ToArray();
        return new VersionComparisonResponse
        {
            ModelId = model.Id,
            From = VersionMessages.Of(model, from),
            To = VersionMessages.Of(model, to),
            Metrics = from.Metrics.Keys.Union(to.Metrics.Keys).Order(StringComparer.Ordinal)
                .ToDictionary(name => name, name => Metric(from, to, name), StringComparer.Ordinal),
            ArchitectureDiffers = from.ArchitectureJson != to.ArchitectureJson,
            Difference = Total(trained),
            Tensors = [.. tensors.Select(Tensor)],
        };
    }

    public void Dispose() => _turns.Dispose();

    private async Task<IReadOnlyList<TensorDifference>> ReadAsync(ModelVersion from, ModelVersion to, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            await using var first = await payloads.OpenWeightsAsync(from.Weights, cancellationToken);
            await using var second = await payloads.OpenWeightsAsync(to.Weights, cancellationToken);
            return await WeightsComparison.CompareAsync(first, second, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    private static MetricComparison Metric(ModelVersion from, ModelVersion to, string name)
    {
        double? first = from.Metrics.TryGetValue(name, out var value) ? value : null;
        double? second = to.Metrics.TryGetValue(name, out value) ? value : null;
        return new MetricComparison { From = first, To = second, Difference = second - first };
    }

    private static WeightsDifference Total(TensorDifference[] tensors)
    {
        var (norm, l2) = (Root(tensors.Select(tensor => tensor.Norm)), Root(tensors.Select(tensor => tensor.Difference)));
        return new WeightsDifference
        {
            Norm = norm,
            L2 = l2,
            Relative = Relative(l2, norm),
            MaxAbs = tensors.Select(tensor => tensor.MaxAbs).DefaultIfEmpty().Max(),
            Changed = tensors.Sum(tensor => tensor.Changed),
        };
    }

    private static TensorComparison Tensor(TensorDifference tensor) => new()
    {
        Name = tensor.Spec.Name,
        Type = tensor.Spec.Type.WireName(),
        Shape = [.. tensor.Spec.Shape],
        Norm = tensor.Norm,
        L2 = tensor.Difference,
        Relative = Relative(tensor.Difference, tensor.Norm),
        MaxAbs = tensor.MaxAbs,
        Changed = tensor.Changed,
    };

    private static double? Relative(double l2, double norm) => norm > 0 ? l2 / norm : null;

    private static double Root(IEnumerable<double> norms) => Math.Sqrt(norms.Sum(norm => norm * norm));
}
