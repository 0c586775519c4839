using System.Net;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>
/// Takes part in one round after the other: base weights down, local work, answer up. An answer is sent again, the same bytes, until
/// the service has said something final, the round has closed or its deadline has passed; the service counts it once.
/// </summary>
internal sealed class RoundParticipant(OctomilApi api, ClientSettings settings, ServerClock serverClock)
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);
    private readonly BaseWeights _bases = new(api, settings);
    private readonly DriftTerms _terms = new(api, settings);

    /// <summary>Everything that can go wrong with one round is in the result.</summary>
    /// <exception cref="OperationCanceledException">The device stops.</exception>
    public async Task<RoundParticipation> TakePartAsync(RoundWork work, LocalModel model, string deviceId, CancellationToken cancellationToken)
    {
        var round = work.Assignment;
        using var deadline = new CancellationTokenSource(Left(round.Deadline), settings.Clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, work.Closed, cancellationToken);
        try
        {
            return await AnswerAsync(work, model, deviceId, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && work.Closed.IsCancellationRequested)
        {
            RoundLog.ClosedEarly(settings.Logger, round.RoundNumber, round.Model, work.Outcome ?? "closed");
            return Ended(round, RoundOutcome.Closed, work.Outcome);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && deadline.IsCancellationRequested)
        {
            RoundLog.DeadlinePassed(settings.Logger, round.RoundNumber, round.Model);
            return Ended(round, RoundOutcome.DeadlinePassed, null);
        }
        catch (OctomilException exception) when (IsNotWanted(round, exception))
        {
            RoundLog.Refused(settings.Logger, round.RoundNumber, round.Model, exception.Code, exception.Detail);
            return Ended(round, RoundOutcome.Refused, exception.Detail);
        }
        catch (NotSupportedException exception) when (round.Kind != RoundKinds.Train)
        {
            RoundLog.NotSupported(settings.Logger, round.RoundNumber, round.Model, exception.Message);
            return Ended(round, RoundOutcome.NotSupported, exception.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The local data, the trainer and its libraries may fail in any way; the device goes on.
            RoundLog.Failed(settings.Logger, round.RoundNumber, round.Model, exception.Message);
            return Ended(round, RoundOutcome.Failed, exception.Message) with { Failure = exception };
        }
    }

    private async Task<RoundParticipation> AnswerAsync(RoundWork work, LocalModel model, string deviceId, CancellationToken cancellationToken)
    {
        var round = work.Assignment;
        var weights = await _bases.GetAsync(round.Base, cancellationToken);
        var task = LocalTasks.For(round, model, deviceId, weights);
        var term = await _terms.BeginAsync(round, deviceId, weights.Trained.Length, cancellationToken);

        if (term is not null)
        {
            task = task with { GradientShift = term.Shift, ProximalMu = term.Alpha ?? task.ProximalMu };
        }

        // Local work may keep its thread for minutes, so it gets one of its own.
        return round.Kind switch
        {
            RoundKinds.Train => await SendUpdateAsync(work, task, term, await Task.Run(() => model.Trainer.TrainAsync(task, Progress(round), cancellationToken), cancellationToken), cancellationToken),
            RoundKinds.Statistics => await ReportStatisticsAsync(work, task, await Task.Run(() => model.Trainer.ComputeStatisticsAsync(task, cancellationToken), cancellationToken), cancellationToken),
            RoundKinds.Evaluate => await ReportEvaluationAsync(work, task, await Task.Run(() => model.Trainer.EvaluateAsync(task, cancellationToken), cancellationToken), cancellationToken),
            _ => throw new NotSupportedException($"This SDK does not know rounds of the kind '{round.Kind}'. A newer one may."),
        };
    }

    private async Task<RoundParticipation> SendUpdateAsync(RoundWork work, LocalTask task, DriftTerm? term, LocalResult trained, CancellationToken cancellationToken)
    {
        var round = work.Assignment;
        // A trainer that did not notice must not send for a round that is over.
        cancellationToken.ThrowIfCancellationRequested();
        var (result, after) = term?.Finish(trained) ?? (trained, []);
        var update = await UpdateBuilder.BuildAsync(round, task.Base, result, cancellationToken);
        RoundLog.Trained(settings.Logger, round.RoundNumber, round.Model, result.SampleCount, Results.Of(result));
        var receipt = await SendAsync(work, token => api.PutUpdateAsync(round.RoundId, task.DeviceId, update, token), cancellationToken);

        if (term is not null)
        {
            _terms.Keep(round, task.DeviceId, term, after);
        }

        return Accepted(round, receipt) with
        {
            SampleCount = result.SampleCount,
            Loss = result.Loss,
            EvalLoss = result.EvalLoss,
            EvalAccuracy = result.EvalAccuracy,
            Metrics = result.Metrics,
        };
    }

    private async Task<RoundParticipation> ReportStatisticsAsync(RoundWork work, LocalTask task, StatisticsReport report, CancellationToken cancellationToken)
    {
        var guarded = StatisticsGuard.Protect(report);
        var receipt = await SendAsync(work, token => api.PutStatisticsAsync(work.Assignment.RoundId, task.DeviceId, guarded, token), cancellationToken);
        return Accepted(work.Assignment, receipt) with { SampleCount = report.Rows };
    }

    private async Task<RoundParticipation> ReportEvaluationAsync(RoundWork work, LocalTask task, EvaluationReport report, CancellationToken cancellationToken)
    {
        var receipt = await SendAsync(work, token => api.PutEvaluationAsync(work.Assignment.RoundId, task.DeviceId, report, token), cancellationToken);
        return Accepted(work.Assignment, receipt) with { EvalLoss = report.EvalLoss, EvalAccuracy = report.EvalAccuracy, Metrics = report.Metrics };
    }

    private async Task<UpdateReceipt> SendAsync(RoundWork work, Func<CancellationToken, Task<UpdateReceipt>> send, CancellationToken cancellationToken)
    {
        var round = work.Assignment;
        work.IsSending = true;
        var receipt = await Retry.RunAsync(send, settings, LogFailure, int.MaxValue, cancellationToken);
        RoundLog.Sent(settings.Logger, round.Kind, round.RoundNumber, round.Model, receipt.Status, receipt.UpdateId);
        return receipt;

        void LogFailure(OctomilException failure, TimeSpan wait) =>
            RoundLog.SendingAgain(settings.Logger, round.RoundNumber, round.Model, wait.TotalSeconds, failure.Detail);
    }

    private Progress<double> Progress(RoundAssignmentMessage round) =>
        new(fraction => RoundLog.Progress(settings.Logger, round.RoundNumber, round.Model, fraction * 100));

    // A report that is refused for what it is (too few rows) costs this device one report; training goes on without it.
    private static bool IsNotWanted(RoundAssignmentMessage round, OctomilException exception) => exception.StatusCode switch
    {
        HttpStatusCode.Conflict or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone => true,
        HttpStatusCode.UnprocessableEntity => round.Kind != RoundKinds.Train,
        _ => false,
    };

    private TimeSpan Left(DateTimeOffset deadline)
    {
        var left = deadline - serverClock.Now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left > LongestTimer ? LongestTimer : left;
    }

    private static RoundParticipation Accepted(RoundAssignmentMessage round, UpdateReceipt receipt) =>
        Ended(round, RoundOutcome.Accepted, null) with { UpdateId = receipt.UpdateId };

    private static RoundParticipation Ended(RoundAssignmentMessage round, RoundOutcome outcome, string? reason) => new()
    {
        RoundId = round.RoundId,
        RoundNumber = round.RoundNumber,
        Kind = round.Kind,
        Outcome = outcome,
        Reason = reason,
    };
}
