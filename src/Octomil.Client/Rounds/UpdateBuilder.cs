using System.Numerics.Tensors;
using System.Text.Json;
using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>Turns what training gave into the bytes that are sent; the same result gives the same bytes.</summary>
internal static class UpdateBuilder
{
    /// <summary>Checks, clips and writes an update.</summary>
    /// <exception cref="InvalidDataException">The result cannot be sent; the message says why, without values of the data.</exception>
    public static async Task<ReadOnlyMemory<byte>> BuildAsync(
        RoundAssignmentMessage assignment, ModelWeights baseWeights, LocalResult result, CancellationToken cancellationToken)
    {
        Check(assignment, baseWeights, result);
        var difference = Clip(result.Difference, assignment.ClipNorm);
        var content = Content(result);
        var layout = baseWeights.Layout;

        if (!result.ControlDifference.IsEmpty)
        {
            // The controls are a second set of tensors behind the first.
            (layout, difference) = (layout.WithControls(), (float[])[.. difference.Span, .. result.ControlDifference.Span]);
        }

        var length = UpdateWriter.GetLength(layout, content);
        if (length > Array.MaxLength)
        {
            throw new InvalidDataException($"The update has {length} bytes; this SDK sends at most {Array.MaxLength}.");
        }

        var file = new byte[length];
        await UpdateWriter.WriteAsync(new MemoryStream(file), layout, difference, content, cancellationToken);
        return file;
    }

    /// <summary>Scales the whole difference so that its L2 norm is at most the bound.</summary>
    internal static ReadOnlyMemory<float> Clip(ReadOnlyMemory<float> difference, double? clipNorm)
    {
        if (clipNorm is not { } bound || Norm(difference.Span) is var norm && !(norm > bound))
        {
            return difference;
        }

        var clipped = new float[difference.Length];
        TensorPrimitives.Multiply(difference.Span, (float)(bound / norm), clipped);
        return clipped;
    }

    private static void Check(RoundAssignmentMessage assignment, ModelWeights baseWeights, LocalResult result)
    {
        if (result.Difference.Length != baseWeights.Layout.ParameterCount)
        {
            throw new InvalidDataException(
                $"Training returned {result.Difference.Length} values; {assignment.Model} has {baseWeights.Layout.ParameterCount} trained parameters.");
        }

        if (result.SampleCount < 1)
        {
            throw new InvalidDataException("Training returned a sample count below 1. Is there any usable data?");
        }

        // In a private run only the service may decide about values: an update that stays away would say something about the data.
        if (assignment.ClipNorm is null && !(LargestMagnitude(result.Difference.Span) <= assignment.Limits.MaxMagnitude && LargestMagnitude(result.ControlDifference.Span) <= assignment.Limits.MaxMagnitude))
        {
            throw new InvalidDataException(
                $"Training diverged: the update holds values that are not numbers or over the limit of {assignment.Limits.MaxMagnitude}. A smaller learning rate may help.");
        }
    }

    private static UpdateContent Content(LocalResult result) => new()
    {
        SampleCount = result.SampleCount,
        Steps = Math.Max(result.Steps, 0),
        Loss = Finite(result.Loss),
        EvalCount = Math.Max(result.EvalCount, 0),
        EvalLoss = result.EvalCount > 0 ? Finite(result.EvalLoss) : null,
        EvalAccuracy = result.EvalCount > 0 ? Finite(result.EvalAccuracy) : null,
        Metrics = Metrics(result.Metrics),
    };

    private static string? Metrics(IReadOnlyDictionary<string, double>? metrics)
    {
        var finite = metrics?.Where(metric => double.IsFinite(metric.Value)).OrderBy(metric => metric.Key, StringComparer.Ordinal).ToDictionary();
        return finite is { Count: > 0 } ? JsonSerializer.Serialize(finite, ContractJson.Options) : null;
    }

    private static double? Finite(double? number) => number is { } value && double.IsFinite(value) ? value : null;

    // NaN if any value is.
    private static float LargestMagnitude(ReadOnlySpan<float> values) =>
        values.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(values));

    private static double Norm(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        return Math.Sqrt(sum);
    }
}
