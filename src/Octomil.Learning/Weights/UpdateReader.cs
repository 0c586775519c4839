using System.IO.Pipelines;

namespace Octomil.Learning.Weights;

/// <summary>Reads an update while it arrives: one pass over the bytes, which are checked and measured as they are put in place.</summary>
public static class UpdateReader
{
    /// <summary>Reads one update (a safetensors file: API, device protocol) up to the end of the body.</summary>
    /// <param name="body">The body; what was taken from it is released at once, so no more is held than the pipe's own segments.</param>
    /// <param name="layout">The model's tensors. Those of the update may come in any order; those not trained may be missing.</param>
    /// <param name="limits">The magnitude bounds differences; full weights only have to be finite.</param>
    /// <param name="destination">Receives the trained elements as float32 in the layout's order; exactly <see cref="WeightsLayout.ParameterCount"/> long. Its content is undefined after an exception.</param>
    /// <exception cref="WeightsFormatException">The body is not an update of this model; see <see cref="WeightsErrors"/>.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public static async ValueTask<UpdateContent> ReadAsync(
        PipeReader body, WeightsLayout layout, UpdateLimits limits, Memory<float> destination, CancellationToken cancellationToken)
    {
        if (destination.Length != layout.ParameterCount)
        {
            throw new ArgumentException($"The destination holds {destination.Length} elements; the model has {layout.ParameterCount}.", nameof(destination));
        }

        var header = await PipeHeader.ReadAsync(body, UpdatePlan.MaxHeaderBytes(layout), cancellationToken);
        var content = UpdateMetadata.Parse(header.Metadata, limits);
        var maxMagnitude = content.Format is UpdateFormat.Difference ? limits.MaxMagnitude : double.PositiveInfinity;
        var intake = new TensorIntake(UpdatePlan.Match(header, layout, destination), layout.Tensors.Length, maxMagnitude);
        await PushAllAsync(body, intake, cancellationToken);
        return content with { MaxAbs = intake.MaxAbs, SumOfSquares = intake.SumOfSquares };
    }

    private static async ValueTask PushAllAsync(PipeReader body, TensorIntake intake, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await body.ReadAsync(cancellationToken);
            try
            {
                Push(result, intake);
            }
            finally
            {
                body.AdvanceTo(result.Buffer.End);
            }

            if (result.IsCompleted)
            {
                intake.End();
                return;
            }
        }
    }

    private static void Push(in ReadResult result, TensorIntake intake)
    {
        if (result.IsCanceled)
        {
            throw new OperationCanceledException();
        }

        foreach (var segment in result.Buffer)
        {
            intake.Push(segment.Span);
        }
    }
}
