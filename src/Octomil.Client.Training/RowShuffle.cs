namespace Octomil.Client.Training;

/// <summary>
/// Seeded permutations, the same on every machine and version: SplitMix64 (Steele, Lea and Flood 2014) drives Fisher and Yates' shuffle.
/// </summary>
internal sealed class RowShuffle(ulong seed)
{
    private ulong _state = seed;

    public void Shuffle(Span<int> rows)
    {
        for (var i = rows.Length - 1; i > 0; i--)
        {
            var j = Below((uint)i + 1);
            (rows[i], rows[j]) = (rows[j], rows[i]);
        }
    }

    /// <summary>Uniform in [0, bound), without bias (Lemire 2019).</summary>
    private int Below(uint bound)
    {
        var threshold = (0u - bound) % bound;
        ulong product;
        do
        {
            product = (ulong)(uint)(Next() >> 32) * bound;
        }
        while ((uint)product < threshold);

        return (int)(product >> 32);
    }

    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
