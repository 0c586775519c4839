using Octomil.Learning.Privacy;

namespace Octomil.Training;

/// <summary>The privacy that a request asks for. Whoever asks for privacy never gets a run without it.</summary>
internal static class RunPrivacies
{
    private const string Private = "dp-sgd";

    public static Refusal? Check(StartTrainingRequest request)
    {
        try
        {
            SamplingClaims.Check(string.IsNullOrEmpty(request.Sampling) ? SamplingClaims.None : request.Sampling);
        }
        catch (PrivacyException exception)
        {
            return Refusal.Invalid(exception.Message).With("field", "sampling");
        }

        if (request.Privacy is null or "" or "none")
        {
            return request is { Epsilon: null, NoiseMultiplier: null, ClipNorm: null, ClipQuantile: null, SampleCap: null }
                ? null
                : Refusal.Invalid("epsilon, noise_multiplier, clip_norm, clip_quantile and sample_cap belong to a private run: add \"privacy\": \"dp-sgd\", or leave them out.").With("field", "privacy");
        }

        if (request.Privacy is not Private)
        {
            return Refusal.Invalid($"The privacy '{Refusal.Shown(request.Privacy)}' is not known. Use '{Private}', or leave it out.").With("field", "privacy");
        }

        return new FieldChecks()
            .Require(request.ClipNorm is >= 1e-9 and <= 1e9, "clip_norm", "must be from 1e-9 to 1e9: the bound on the L2 norm of a whole update; from 0.1 to 10 is usual")
            .Require(request.NoiseMultiplier is null != request.Epsilon is null, "noise_multiplier", "or epsilon must be given, and not both")
            .Require(request.NoiseMultiplier is null or (>= 1e-3 and <= 10_000), "noise_multiplier", "must be from 0.001 to 10000: the noise's standard deviation over the clip")
            .Require(request.Epsilon is null or (> 0 and <= 1000), "epsilon", "must be over 0 and at most 1000")
            .Require(request.ClipQuantile is null or (> 0 and < 1), "clip_quantile", "must be over 0 and below 1; 0.5 is usual")
            .Range("sample_cap", request.SampleCap, 1, 1 << 24)
            .Refusal;
    }

    public static RunPrivacy? Of(StartTrainingRequest request) => request.Privacy is not Private ? null : new RunPrivacy
    {
        ClipNorm = request.ClipNorm!.Value,
        NoiseMultiplier = request.NoiseMultiplier,
        Epsilon = request.Epsilon,
        ClipQuantile = request.ClipQuantile,
        SampleCap = request.SampleCap,
    };
}
