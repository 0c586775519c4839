using Octomil.Storage;

namespace Octomil.Training;

/// <summary>What is asked of a round while a command of its may be saving: all of it interleaves, and sees what is saved.</summary>
internal sealed partial class RoundGrain
{
    private RoundState Saved => _beforeSave ?? store.State;

    public async Task<FoldTerms?> GetFoldTermsAsync()
    {
        if (Saved.Phase is not RoundPhase.Open || Plan.Kind is not RoundKind.Train)
        {
            return null;
        }

        try
        {
            var key = await OpenKeyAsync();

            // Reads interleave: it may have closed meanwhile.
            return Saved.Phase is RoundPhase.Open
                ? new FoldTerms { Plan = Plan, Key = [.. key], Counted = Saved.CountedDevices(), Excluded = Saved.Excluded }
                : null;
        }
        catch (RoundKeyException exception)
        {
            // Closing opens the key again, hears the same, and abandons the round: nothing could ever be made of its updates.
            LogKeyLost(logger, exception, Id);
            CloseSoon(TimeSpan.Zero);
            return null;
        }
    }

    public Task<SubmitUpdateResult> GetAnswerAsync(string deviceId, string baseRound)
    {
        if (plan.State.Plan is null || Saved.Phase is RoundPhase.None)
        {
            return Task.FromResult(SubmitUpdateResult.RoundNotOpen);
        }

        var device = Plan.IndexOf(deviceId);
        return Task.FromResult(device < 0 || Plan.BaseOf(device).RoundId != baseRound ? SubmitUpdateResult.NotSelected
            : Plan.Kind is not RoundKind.Train ? SubmitUpdateResult.WrongKind
            : Saved.IsExcluded(device, Plan) ? SubmitUpdateResult.OrganizationSuspended
            : Saved.IsCounted(device) ? SubmitUpdateResult.CountedBefore
            : Saved.Phase is RoundPhase.Open ? SubmitUpdateResult.None
            : SubmitUpdateResult.RoundNotOpen);
    }

    public Task<RoundAssignment?> GetAssignmentAsync(string deviceId)
    {
        if (plan.State.Plan is null || Saved.Phase is not RoundPhase.Open)
        {
            return Task.FromResult<RoundAssignment?>(null);
        }

        var device = Plan.IndexOf(deviceId);
        var wanted = device >= 0 && !Saved.IsCounted(device) && !Saved.IsExcluded(device, Plan) && _answers?.Has(device) is not true;
        return Task.FromResult(wanted ? RoundAssignment.Of(Plan, Plan.BaseOf(device)) : null);
    }

    public Task<RoundSnapshot?> GetAsync()
    {
        if (plan.State.Plan is null || Saved.Phase is RoundPhase.None)
        {
            return Task.FromResult<RoundSnapshot?>(null);
        }

        var (updates, selected) = (new int[Plan.Organizations.Length], new int[Plan.Organizations.Length]);

        for (var device = 0; device < Plan.Devices.Length; device++)
        {
            var organization = Plan.OrganizationOfDevice[device];
            selected[organization]++;
            updates[organization] += !Saved.IsExcluded(device, Plan) && (Saved.IsCounted(device) || _answers?.Has(device) is true) ? 1 : 0;
        }

        // Answers that were in memory only are gone with the round; its tally stays.
        if (Saved.Outcome?.Tally is { } tally)
        {
            updates = [.. tally.Organizations.Select(part => part.Updates)];
        }

        return Task.FromResult<RoundSnapshot?>(new RoundSnapshot
        {
            Plan = Plan, Phase = Saved.Phase, Updates = [.. updates], Selected = [.. selected], Excluded = Saved.Excluded,
        });
    }

    public Task<RoundOutcome?> GetOutcomeAsync() => Task.FromResult(Saved.VisibleOutcome(plan.State.Plan));
}
