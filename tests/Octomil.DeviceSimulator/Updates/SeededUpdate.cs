using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.DeviceSimulator.Updates;

/// <summary>
/// An update that is a function of the run's seed, the device and the base it starts from, so that what a set of devices sent can be
/// made again from their names alone. Numbers: SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number
/// Generators", section 5) over the key of the update.
/// </summary>
internal readonly record struct SeededUpdate(ulong Key)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private const int MostSamples = 500;

    // Values in [-1/128, 1/128): multiples of 2^-30, exact in float32.
    private const float Scale = 1f / (1 << 30);

    public static SeededUpdate Of(long seed, string deviceId, string baseSha256)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{seed}\n{deviceId}\n{baseSha256}")));
        return new SeededUpdate(BinaryPrimitives.ReadUInt64BigEndian(hash));
    }

    /// <summary>The training examples it says it has, 1 to 500.</summary>
    public long SampleCount => 1 + (long)(Mix(Key) % MostSamples);

    /// <summary>The trained elements, in the model's order.</summary>
    public void Fill(Span<float> values)
    {
        var state = Key;
        for (var i = 0; i < values.Length; i++)
        {
            state += Gamma;
            values[i] = ((int)(Mix(state) >> 40) - (1 << 23)) * Scale;
        }
    }

    private static ulong Mix(ulong state)
    {
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
