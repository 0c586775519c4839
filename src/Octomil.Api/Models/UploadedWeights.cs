using System.Buffers.Binary;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Models;

/// <summary>Reads an uploaded file (safetensors, or a PyTorch archive), after its header was held against the size it may have: memory is taken for what it describes.</summary>
internal static class UploadedWeights
{
    private const int LengthBytes = sizeof(long);

    public static async Task<ModelWeights> ReadAsync(Stream file, long maxBytes, CancellationToken cancellationToken)
    {
        var start = new byte[LengthBytes];
        var read = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (TorchArchive.IsArchive(start.AsSpan(0, read)))
        {
            return await ReadArchiveAsync(new PrefixedStream(start.AsMemory(0, read), file), maxBytes, cancellationToken);
        }

        if (read == LengthBytes && SafetensorsHeader.TryReadLength(start, out var headerLength))
        {
            Array.Resize(ref start, LengthBytes + (int)headerLength);
            read += await file.ReadAtLeastAsync(start.AsMemory(LengthBytes), (int)headerLength, throwOnEndOfStream: false, cancellationToken);
            if (read == start.Length && SafetensorsHeader.Parse(start.AsSpan(LengthBytes), null).DataBytes > maxBytes)
            {
                throw new InvalidDataException($"The file describes more than {maxBytes} bytes of tensors.");
            }
        }

        return await ModelWeights.LoadAsync(new PrefixedStream(start.AsMemory(0, read), file), cancellationToken);
    }

    // Its directory is at its end, so it is read as a whole; more than an array it cannot be.
    private static async Task<ModelWeights> ReadArchiveAsync(Stream file, long maxBytes, CancellationToken cancellationToken)
    {
        using var body = await PooledBody.ReadAsync(file, Math.Min(maxBytes, Array.MaxLength - 1), cancellationToken);
        using var archive = TorchArchive.Open(body.Memory, maxBytes);
        return archive.ToWeights();
    }

    /// <summary>The weights with their tensors in another order, and without <c>input.*</c> where they were left out.</summary>
    /// <exception cref="WeightsFormatException">They do not have the expected tensors.</exception>
    public static ModelWeights InOrder(ModelWeights weights, WeightsLayout expected)
    {
        if (weights.Layout.Equals(expected))
        {
            return weights;
        }

        foreach (var tensor in weights.Layout.Tensors)
        {
            if (!expected.TryGet(tensor.Name, out var wanted))
            {
                throw new WeightsFormatException(WeightsErrors.UnknownTensor, $"The tensor '{tensor.Name}' is not one of the model's.", tensor.Name);
            }

            if (!tensor.Equals(wanted))
            {
                throw new WeightsFormatException(WeightsErrors.WrongShape, $"The tensor '{tensor.Name}' is {Shown(tensor)}; the model's is {Shown(wanted)}.", tensor.Name);
            }
        }

        return ModelWeights.Load(Rewrite(weights, expected));
    }

    private static byte[] Rewrite(ModelWeights weights, WeightsLayout expected)
    {
        var header = SafetensorsHeader.Write(expected, null);
        var missing = ModelWeights.Create(expected, new float[expected.ParameterCount]);
        var file = new byte[expected.FileBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, LengthBytes);
        var rest = file.AsSpan(LengthBytes + header.Length);
        foreach (var tensor in expected.Tensors)
        {
            var bytes = Bytes(weights, missing, tensor);
            bytes.CopyTo(rest);
            rest = rest[bytes.Length..];
        }

        return file;
    }

    private static ReadOnlySpan<byte> Bytes(ModelWeights weights, ModelWeights missing, TensorSpec tensor)
    {
        if (!weights.Layout.TryGet(tensor.Name, out _))
        {
            return tensor.Name.StartsWith("input.", StringComparison.Ordinal)
                ? missing.FrozenBytes(tensor.Name)
                : throw new WeightsFormatException(WeightsErrors.MissingTensor, $"The tensor '{tensor.Name}' ({Shown(tensor)}) is missing.", tensor.Name);
        }

        return tensor.IsTrained
            ? System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(weights[tensor.Name])
            : weights.FrozenBytes(tensor.Name);
    }

    private static string Shown(TensorSpec tensor) => $"{tensor.Type.WireName()} [{string.Join(", ", tensor.Shape)}]";
}
