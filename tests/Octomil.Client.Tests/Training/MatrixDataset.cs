using Octomil.Client.Training;
using Octomil.Learning.Aggregation;

namespace Octomil.Client.Tests.Training;

/// <summary>Given numbers as a data set.</summary>
internal sealed class MatrixDataset(float[] inputs, int inputLength, float[] targets) : LocalDataset
{
    public override int Rows => targets.Length;

    public override int InputLength => inputLength;

    public override ReadOnlySpan<float> Targets => targets;

    public override IReadOnlyDictionary<string, FeatureStatistics> ComputeStatistics() => throw new NotSupportedException();

    internal override void CopyInput(int row, Span<float> destination) => inputs.AsSpan(row * inputLength, inputLength).CopyTo(destination);
}
