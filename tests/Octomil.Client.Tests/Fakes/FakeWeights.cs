using System.Security.Cryptography;
using Octomil.Learning.Weights;

namespace Octomil.Client.Tests.Fakes;

/// <summary>A model of one tensor <c>w</c>, as a file.</summary>
internal sealed record FakeWeights(byte[] File)
{
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(File));

    public static FakeWeights Of(params float[] values)
    {
        var layout = WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [values.Length])]);
        var file = new MemoryStream();
        ModelWeights.Create(layout, values).SaveAsync(file, null, CancellationToken.None).GetAwaiter().GetResult();
        return new FakeWeights(file.ToArray());
    }
}
