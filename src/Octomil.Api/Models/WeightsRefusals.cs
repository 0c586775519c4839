using Microsoft.AspNetCore.Http;
using Octomil.Learning.Weights;

namespace Octomil.Models;

/// <summary>What bytes that are not the expected weights are over HTTP.</summary>
internal static class WeightsRefusals
{
    public static Refusal Of(WeightsFormatException exception)
    {
        var refusal = exception.Code is WeightsErrors.HeaderTooLarge or WeightsErrors.TrailingBytes or WeightsErrors.ArchiveTooLarge
            ? Refusal.TooLarge(exception.Message)
            : new Refusal(StatusCodes.Status422UnprocessableEntity, ErrorCodes.InvalidWeights, exception.Message);
        refusal.With("reason", exception.Code);
        return exception.Tensor is { } tensor ? refusal.With("tensor", tensor) : refusal;
    }
}
