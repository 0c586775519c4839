using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Learning.Weights;

/// <summary>Reads an update that lies in memory: a safetensors file or a PyTorch archive, told apart by content.</summary>
public static class UpdateFile
{
    /// <summary>Reads one update; the same checks as <see cref="UpdateReader"/>.</summary>
    /// <param name="file">The whole file. Its own metadata is not looked at.</param>
    /// <param name="metadata">What the update says beside its values (API, device protocol).</param>
    /// <param name="layout">The model's tensors.</param>
    /// <param name="limits">The magnitude bounds differences; full weights only have to be finite.</param>
    /// <param name="destination">Receives the trained elements as float32 in the layout's order; exactly <see cref="WeightsLayout.ParameterCount"/> long. Its content is undefined after an exception.</param>
    /// <exception cref="WeightsFormatException">It is not an update of this model; see <see cref="WeightsErrors"/>.</exception>
    public static UpdateContent Read(
        ReadOnlyMemory<byte> file, IReadOnlyDictionary<string, string> metadata, WeightsLayout layout, UpdateLimits limits, Memory<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, layout.ParameterCount);
        var content = UpdateMetadata.Parse(metadata, limits);
        var maxMagnitude = content.Format is UpdateFormat.Difference ? limits.MaxMagnitude : double.PositiveInfinity;
        var intake = TorchArchive.IsArchive(file.Span)
            ? ReadArchive(file, layout, maxMagnitude, destination)
            : ReadSafetensors(file.Span, layout, maxMagnitude, destination);
        return content with { MaxAbs = intake.MaxAbs, SumOfSquares = intake.SumOfSquares };
    }

    /// <summary>Refuses, by its first bytes, what is neither of the two formats.</summary>
    /// <exception cref="WeightsFormatException"><c>not_weights</c>; a NumPy array is refused by name.</exception>
    public static void CheckStart(ReadOnlySpan<byte> file)
    {
        if (!TorchArchive.IsArchive(file))
        {
            SafetensorsStart.ReadLength(file[..Math.Min(file.Length, PipeHeader.LengthBytes)], SafetensorsHeader.MaxLength);
        }
    }

    /// <summary>Most bytes that the tensors of an honest update of this model have, whatever their types and however their storages are shared.</summary>
    public static long MaxDataBytes(WeightsLayout layout) => (2 * layout.DataBytes) + (1 << 20);

    private static TensorIntake ReadArchive(ReadOnlyMemory<byte> file, WeightsLayout layout, double maxMagnitude, Memory<float> destination)
    {
        using var archive = TorchArchive.Open(file, MaxDataBytes(layout));
        var intake = new TensorIntake(UpdatePlan.Match(archive.Header, layout, destination), layout.Tensors.Length, maxMagnitude);
        archive.CopyTo(intake);
        return intake;
    }

    private static TensorIntake ReadSafetensors(ReadOnlySpan<byte> file, WeightsLayout layout, double maxMagnitude, Memory<float> destination)
    {
        var length = SafetensorsStart.ReadLength(file[..Math.Min(file.Length, PipeHeader.LengthBytes)], UpdatePlan.MaxHeaderBytes(layout));
        var data = file[PipeHeader.LengthBytes..];
        if (data.Length < length)
        {
            throw ModelIntake.TruncatedHeader();
        }

        var header = SafetensorsHeader.Parse(data[..length], data.Length - length);
        var intake = new TensorIntake(UpdatePlan.Match(header, layout, destination), layout.Tensors.Length, maxMagnitude);
        intake.Push(data[length..]);
        intake.End();
        return intake;
    }
}
