using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>What devices report beside updates: input statistics, and metrics of final weights.</summary>
internal static class ReportEndpoints
{
    private const int MostFeatures = 10_000;
    private const int MostMetrics = 64;
    private const long MostRows = 1L << 40;

    public static void MapReports(this IEndpointRouteBuilder training)
    {
        training.MapPut("/rounds/{round}/statistics/{device}", PutStatisticsAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("A device's input statistics: count, mean and sum of squared differences of every feature.")
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        training.MapPut("/rounds/{round}/evaluation/{device}", PutEvaluationAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("A device's metrics of the final weights on its hold-out.");
    }

    private static async Task<Results<Ok<UpdateReceipt>, Refusal>> PutStatisticsAsync(
        string round, string device, StatisticsReport report, Caller caller, DeviceNames devices, IGrainFactory grains)
    {
        var checks = new FieldChecks()
            .Range("rows", report.Rows, 0, MostRows)
            .Require(report.Features.Count is > 0 and <= MostFeatures, "features", $"must be 1 to {MostFeatures}")
            .Require(report.Features.All(feature => feature.Key is { Length: > 0 and <= 256 } && Holds(feature.Value, report.Rows)), "features",
                "must have finite means, m2 from 0 up and counts that fit rows");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await devices.FindActiveAsync(caller, device)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var result = await grains.GetRound(round).SubmitStatisticsAsync(found.Id, new DeviceStatistics
        {
            Rows = report.Rows,
            Features = report.Features.ToImmutableSortedDictionary(
                feature => feature.Key,
                feature => new FeatureMoments { Count = feature.Value.Count, Mean = feature.Value.Mean, M2 = feature.Value.M2 },
                StringComparer.Ordinal),
        });
        return SubmitAnswers.Of(result) is { } refused ? refused : TypedResults.Ok(SubmitAnswers.Receipt(round, found.Id));
    }

    private static async Task<Results<Ok<UpdateReceipt>, Refusal>> PutEvaluationAsync(
        string round, string device, EvaluationReport report, Caller caller, DeviceNames devices, IGrainFactory grains)
    {
        var metrics = report.Metrics ?? ImmutableSortedDictionary<string, double>.Empty;
        var checks = new FieldChecks()
            .Range("eval_count", report.EvalCount, 0, MostRows)
            .Require(report.EvalLoss is null || double.IsFinite(report.EvalLoss.Value), "eval_loss", "must be finite")
            .Require(report.EvalAccuracy is null or (>= 0 and <= 1), "eval_accuracy", "must be from 0 to 1")
            .Require(metrics.Count <= MostMetrics && metrics.All(metric => metric.Key is { Length: > 0 and <= 64 } && double.IsFinite(metric.Value)),
                "metrics", $"must be at most {MostMetrics} finite numbers with short names");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await devices.FindActiveAsync(caller, device)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var result = await grains.GetRound(round).SubmitEvaluationAsync(found.Id, new DeviceEvaluation
        {
            Count = report.EvalCount,
            Loss = report.EvalLoss,
            Accuracy = report.EvalAccuracy,
            Metrics = metrics.ToImmutableSortedDictionary(StringComparer.Ordinal),
        });
        return SubmitAnswers.Of(result) is { } refused ? refused : TypedResults.Ok(SubmitAnswers.Receipt(round, found.Id));
    }

    private static bool Holds(FeatureStatisticsMessage? feature, long rows) => feature is not null
        && feature.Count >= 0 && feature.Count <= rows * (1L << 20) && double.IsFinite(feature.Mean) && double.IsFinite(feature.M2) && feature.M2 >= 0;
}
