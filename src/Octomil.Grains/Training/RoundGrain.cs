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
