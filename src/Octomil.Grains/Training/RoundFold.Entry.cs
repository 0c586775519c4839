using System.Runtime.InteropServices;
using Octomil.Learning.Strategies;
using Octomil.Learning.Weights;

namespace Octomil.Training;

/// <summary>From what was received to what is folded: the difference, and what the strategy makes of the facts beside it.</summary>
internal sealed partial class RoundFold
{
    private readonly Lazy<Task<float[]>> _reference;

    // Null with the reason: nothing of it can be used.
    private async Task<(PendingUpdate? Update, SubmitUpdateResult Unusable)> EnterAsync(int device, IUpdateBuffer buffer, UpdateSummary summary, RoundBase from)
    {
        if (summary.FullWeights)
        {
            if (_rules.Vectors > 1)
            {
                return (null, SubmitUpdateResult.FactsMissing);
            }

            if (await TakeDifferenceAsync(buffer, from) is { } difference)
            {
                summary = summary with { SumOfSquares = difference.SumOfSquares };
            }
            else if (Plan.Privacy is null)
            {
                return (null, SubmitUpdateResult.MagnitudeExceeded);
            }
            else
            {
                // That it was refused would say something about the data.
                buffer.Values.Span.Clear();
                summary = summary with { SumOfSquares = 0 };
            }
        }

        var facts = _rules.FactsOf(summary, Plan.IsAsynchronous ? Plan.RoundNumber - from.RoundNumber : 0);

        if (_rules.NeedsDistance)
        {
            var reference = await _reference.Value;
            facts = facts with { SquaredDistance = SquaredDistance(buffer.Values.Span, reference) };
        }

        try
        {
            var entry = _rules.Rule.Enter(facts);
            var factor = entry.Factor;

            if (Plan.Privacy is not null)
            {
                (factor, summary) = PrivateRound.Bound(Plan, factor, buffer.Values.Span, summary);
            }

            return (new PendingUpdate(device, Plan.OrganizationOfDevice[device], factor, entry.Weight, buffer, summary, Plan.IsAsynchronous)
            {
                Column = entry.Column, Length = _rules.LengthOf(facts),
            }, SubmitUpdateResult.None);
        }
        catch (StrategyException)
        {
            return (null, Plan.IsAsynchronous ? SubmitUpdateResult.TooStale : SubmitUpdateResult.FactsMissing);
        }
    }

    private async Task<UpdateContent?> TakeDifferenceAsync(IUpdateBuffer buffer, RoundBase from)
    {
        var content = new UpdateContent { Format = UpdateFormat.Weights, SampleCount = 1 };

        // Devices that are behind are few, and their bases many: those are not kept.
        var baseWeights = from.RoundId == Plan.RoundId ? await _base.Value : await LoadBaseAsync(from.Weights);

        try
        {
            return UpdateDifference.Take(
                content, _layout, buffer.Values.Span, baseWeights, PrivateRound.ReadLimitsOf(Plan));
        }
        catch (WeightsFormatException)
        {
            return null;
        }
    }

    private async Task<float[]> LoadBaseAsync(WeightsRef weights)
    {
        await using var stream = await _parts.Payloads.OpenWeightsAsync(weights, CancellationToken.None);
        return (await ModelWeights.LoadAsync(stream, CancellationToken.None)).Trained;
    }

    // The last aggregate; zeros before there is one.
    private async Task<float[]> LoadReferenceAsync()
    {
        var reference = new float[ParameterCount];

        if (!Plan.OptimizerState.IsEmpty)
        {
            await using var stream = await _parts.Payloads.OpenWeightsAsync(Plan.OptimizerState[0], CancellationToken.None);
            var bytes = new byte[reference.Length * sizeof(float)];
            await stream.ReadExactlyAsync(bytes, CancellationToken.None);
            bytes.CopyTo(MemoryMarshal.AsBytes(reference.AsSpan()));
        }

        return reference;
    }

    // One after the other in double precision: the same on every machine, and so is what follows from it.
    private static double SquaredDistance(ReadOnlySpan<float> values, ReadOnlySpan<float> reference)
    {
        var sum = 0.0;

        for (var i = 0; i < values.Length; i++)
        {
            var difference = (double)values[i] - reference[i];
            sum += difference * difference;
        }

        return sum;
    }
}
