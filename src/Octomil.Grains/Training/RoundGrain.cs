using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Octomil.Storage;
using Orleans.Placement;

namespace Octomil.Training;

/// <remarks>
/// Commands run one at a time. Reads interleave with them and see one immutable record: the one that is saved (<see cref="Saved"/>),
/// never one that is being saved, for devices are answered from them.
/// Sealing is awaited within a turn on purpose: registrations that come meanwhile wait and are then refused.
/// Sealing is the heaviest part of a run's work, so rounds are spread over the silos, wherever their runs are.
/// </remarks>
[RandomPlacement]
internal sealed partial class RoundGrain(
    [PersistentState("round-plan", StorageNames.Grains)] IPersistentState<RoundPlanState> plan,
    [PersistentState("round", StorageNames.Grains)] IPersistentState<RoundState> store,
    IGrainFactory grains, RoundSealer sealer, RoundMeter meter, IPayloadStore payloads, IRoundKeys keys, IErasure erasure,
    TimeProvider clock, ILogger<RoundGrain> logger) : Grain, IRoundGrain
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private VolatileAnswers? _answers;
    private IGrainTimer? _deadline;
    private IGrainTimer? _closing;
    private RoundState? _beforeSave;
    private byte[]? _key;
    private bool _finished;

    private string Id => this.GetPrimaryKeyString();

    // What reads see.
    private RoundState Saved => _beforeSave ?? store.State;

    private RoundPlan Plan => plan.State.Plan ?? throw new InvalidOperationException($"Round {Id} was never opened.");

    public async Task OpenAsync(RoundPlan newPlan)
    {
        if (plan.State.Plan is null)
        {
            await plan.SaveAsync(new RoundPlanState { Plan = newPlan }, this);
        }

        if (store.State.Phase is RoundPhase.None)
        {
            // Only training writes what needs a key. After a crash between the key's other half and the row, this half is a new one.
            byte[] wrapped = Plan.Kind is RoundKind.Train ? await keys.CreateAsync(Id, CancellationToken.None) : [];
            await SaveAsync(store.State.Open(Plan, [.. wrapped]));
            meter.Opened(Plan.Kind);
            LogOpened(logger, Id, Plan.RoundNumber, Plan.Kind, Plan.Devices.Length);
        }

        ArmDeadline();
    }

    public async Task ResumeAsync()
    {
        switch (store.State.Phase)
        {
            case RoundPhase.Open when store.State.HasReached(Plan):
            case RoundPhase.Sealing:
                CloseSoon(TimeSpan.Zero);
                break;

            case RoundPhase.Open:
                ArmDeadline();
                // A round whose key a backup left out, or a disk lost, is over before its devices try.
                _ = await GetFoldTermsAsync();
                break;

            case RoundPhase.Sealed or RoundPhase.Abandoned:
                await SettleAsync();
                await TellRunAsync();
                break;
        }
    }

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

    public async Task<RegisterResult> RegisterAsync(FoldRegistration registration)
    {
        if (plan.State.Plan is null)
        {
            return new RegisterResult { Decision = RegisterDecision.RoundNotOpen };
        }

        var (next, result) = store.State.Register(registration, Plan);

        if (result.Decision is RegisterDecision.Behind)
        {
            // It may be this activation that is behind: another one may have saved more. The fold shall hear what the row says.
            await store.ReadStateAsync();
            (next, result) = store.State.Register(registration, Plan);
        }

        if (store.RecordExists)
        {
            await SaveAsync(next);
        }

        if (result.Decision is RegisterDecision.Counted)
        {
            LogRegistered(logger, Id, registration.Sequence, registration.Devices.Length, store.State.Updates, Plan.TargetUpdates);
            meter.Counted(registration.Devices.Length);
            Progressed();
        }

        return result;
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

    public async Task AbandonAsync(string reason)
    {
        var next = store.State.Abandon(new RoundOutcome
        {
            RoundId = Id, Phase = RoundPhase.Abandoned, Reason = reason, ClosedAt = clock.GetUtcNow(),
        }, IsPrivate);

        if (ReferenceEquals(next, store.State))
        {
            await SettleAsync();
            return;
        }

        await SaveAsync(next);
        await AbandonedAsync(reason);
    }

    private async Task AbandonedAsync(string reason)
    {
        if (plan.State.Plan is null)
        {
            // Never opened, and from now on it cannot be.
            return;
        }

        meter.Closed(Plan.Kind, RoundPhase.Abandoned);
        LogAbandoned(logger, Id, reason);

        try
        {
            await EraseKeyAsync();
        }
        catch (StorageUnavailableException exception)
        {
            // It is abandoned all the same; finishing it or the sweep erases the key.
            LogKeyLeft(logger, exception, Id);
        }

        await SettleAsync();
    }

    public async Task FinishAsync()
    {
        if (_finished || plan.State.Plan is null)
        {
            return;
        }

        // A run that was stopped may have crashed before it told the round.
        await AbandonAsync("The run has ended.");
        await SettleAsync();

        // First the key: from then on neither the row, nor an old copy of it, nor a copy of a checkpoint is of use to anyone. A sealed
        // round needs none of them.
        await EraseKeyAsync();
        await SaveAsync(store.State.Publish());
        await payloads.DeleteRoundAsync(Id, CancellationToken.None);
        await erasure.FlushAsync(CancellationToken.None);
        _finished = true;
        DeactivateOnIdle();
    }

    public async Task SweepAsync()
    {
        // None: a crash came between the key and the row; opening it makes another key.
        if (store.State.Phase is RoundPhase.None or RoundPhase.Published or RoundPhase.Abandoned)
        {
            await EraseKeyAsync();
            await payloads.DeleteRoundAsync(Id, CancellationToken.None);
            DeactivateOnIdle();
        }
    }

    private async Task SaveAsync(RoundState next)
    {
        _beforeSave = store.State;

        try
        {
            await store.SaveAsync(next, this);
        }
        finally
        {
            _beforeSave = null;
        }
    }

    private async Task<byte[]> OpenKeyAsync() => _key ??= await keys.OpenAsync(Id, store.State.WrappedKey.AsMemory(), CancellationToken.None);

    private Task EraseKeyAsync()
    {
        CryptographicOperations.ZeroMemory(_key);
        _key = null;
        return keys.EraseAsync(Id, CancellationToken.None);
    }

    private void Progressed()
    {
        if (store.State.HasReached(Plan) || _answers?.Count >= store.State.DevicesThatMayAnswer(Plan))
        {
            CloseSoon(TimeSpan.Zero);
        }

        _ = grains.GetTrainingRun(Plan.RunId).RoundProgressedAsync(Id);
    }

    private void ArmDeadline()
    {
        if (store.State.Phase is RoundPhase.Open && _deadline is null)
        {
            var left = Plan.Deadline - clock.GetUtcNow();
            _deadline = this.RegisterGrainTimer(
                CloseAsync, new GrainTimerCreationOptions(left > TimeSpan.Zero ? left : TimeSpan.Zero, Again) { KeepAlive = true });
        }
    }

    // Not within the command that got here: its caller is answered first.
    private void CloseSoon(TimeSpan after)
    {
        _closing ??= this.RegisterGrainTimer(CloseAsync, new GrainTimerCreationOptions(after, Again) { KeepAlive = true });
    }

    private Task TellRunAsync() => grains.GetTrainingRun(Plan.RunId).RoundClosedAsync(Id);
}
