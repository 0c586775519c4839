namespace Octomil.Learning.Weights;

/// <summary>The first 8 bytes of a file, which are the header's length, and what people send instead.</summary>
internal static class SafetensorsStart
{
    // No header is near this long: larger numbers are other bytes that were read as a length.
    private const long PlausibleLength = 1L << 32;

    /// <summary>The length of the header.</summary>
    /// <exception cref="WeightsFormatException"><c>not_weights</c> or <c>header_too_large</c>.</exception>
    public static int ReadLength(ReadOnlySpan<byte> first8, long atMost)
    {
        if (SafetensorsHeader.TryReadLength(first8, out var length) && length <= atMost)
        {
            return (int)length;
        }

        if (first8.IsEmpty)
        {
            throw NotWeights("The body is empty.");
        }

        if (first8 is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..])
        {
            throw NotWeights("The body is a NumPy array, and an array may be raw data, which must never leave the device: nothing of it was kept.");
        }

        if (first8.StartsWith("PK"u8))
        {
            throw NotWeights("The body is a zip archive (torch.save writes one).");
        }

        return length is >= 2 and < PlausibleLength
            ? throw new WeightsFormatException(WeightsErrors.HeaderTooLarge, $"The header is {length} bytes long; at most {Math.Min(atMost, SafetensorsHeader.MaxLength)} are read. Send the model's own tensors and little metadata.")
            : throw NotWeights("The body is not a safetensors file.");
    }

    private static WeightsFormatException NotWeights(string what) =>
        new(WeightsErrors.NotWeights, $"{what} Send the weights as a safetensors file.");
}
