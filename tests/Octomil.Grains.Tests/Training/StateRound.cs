using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>The row of a round without a silo: the real transitions behind the grain's interface, with answers that can get lost.</summary>
internal sealed class StateRound(RoundPlan plan) : IRoundGrain
{
    private readonly Lock _gate = new();

    public RoundState State { get; set; } = Plans.Open(plan);

    /// <summary>Saves the registration and loses the answer, so many times.</summary>
    public int LostAnswers { get; set; }

    /// <summary>Held back registrations wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Registrations { get; private set; }

    public async Task<RegisterResult> RegisterAsync(FoldRegistration registration)
    {
        await Gate;

        lock (_gate)
        {
            Registrations++;
            (State, var result) = State.Register(registration, plan);

            if (LostAnswers > 0)
            {
                LostAnswers--;
                throw new TimeoutException("The answer is lost.");
            }

            return result;
        }
    }

    public Task<SubmitUpdateResult> GetAnswerAsync(string deviceId, string baseRound) => throw new NotSupportedException();

    public Task<AsynchronousRound?> GetAsynchronousAsync() => throw new NotSupportedException();

    public Task<ImmutableArray<OutstandingDevice>> GetOutstandingAsync() => throw new NotSupportedException();

    public Task OpenAsync(RoundPlan plan) => throw new NotSupportedException();

    public Task ResumeAsync() => throw new NotSupportedException();

    public Task<FoldTerms?> GetFoldTermsAsync() => throw new NotSupportedException();

    public Task<RoundAssignment?> GetAssignmentAsync(string deviceId) => throw new NotSupportedException();

    public Task<SubmitUpdateResult> SubmitStatisticsAsync(string deviceId, DeviceStatistics statistics) => throw new NotSupportedException();

    public Task<SubmitUpdateResult> SubmitEvaluationAsync(string deviceId, DeviceEvaluation evaluation) => throw new NotSupportedException();

    public Task<RoundSnapshot?> GetAsync() => throw new NotSupportedException();

    public Task<ExcludeResult> ExcludeAsync(string organizationId)
    {
        lock (_gate)
        {
            (State, var decision) = State.Exclude(organizationId, plan);
            return Task.FromResult(new ExcludeResult { Decision = decision });
        }
    }

    public Task<RoundContributions?> GetContributionsAsync() => throw new NotSupportedException();

    public Task<RoundOutcome?> GetOutcomeAsync() => throw new NotSupportedException();

    public Task AbandonAsync(string reason) => throw new NotSupportedException();

    public Task FinishAsync() => throw new NotSupportedException();

    public Task SweepAsync() => throw new NotSupportedException();
}
