using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octomil.Devices;
using Octomil.Storage;

namespace Octomil.Training;

/// <remarks>
/// Commands run one at a time; <see cref="GoOnAsync"/> is the one place where the run moves, called by a timer, by news of a round
/// and at a silo's start. Each step is a save followed by calls that may be repeated, so a crash between any two loses nothing.
/// Reads interleave and see one immutable state record.
/// </remarks>
internal sealed partial class TrainingRunGrain(
    [PersistentState("run", StorageNames.Grains)] IPersistentState<RunState> store,
    IGrainFactory grains, CohortSelector cohorts, DevicePush push, RunEvents events, IPayloadStore payloads, IPayloadInventory inventory, IIdSource ids,
    IOptions<RoundOptions> options, TimeProvider clock, ILogger<TrainingRunGrain> logger) : Grain, ITrainingRunGrain, IRemindable
{
    private const string ReminderName = "go-on";

    private ImmutableArray<DrawnDevice> _cohort = [];
    private IGrainTimer? _timer;

    private string Id => this.GetPrimaryKeyString();

    private RunState State => store.State;

    private RoundOptions Options => options.Value;

    public Task<RunOrder?> GetOrderAsync() => Task.FromResult(State.Order);

    public Task<string?> GetOpenRoundAsync() => Task.FromResult(State.OpenRound);

    public async Task<RunCommandResult> StopAsync(string callerId, bool publish)
    {
        if (await RefuseAsync(callerId) is { } refusal)
        {
            return refusal;
        }

        if (!State.IsOver)
        {
            await TakePaidRoundAsync();
            var version = publish && State.ClosedRounds > 0 ? await PublishAsync() : null;
            var open = State.OpenRound;
            await SaveAsync(State.End(RunPhase.Stopped, version, reason: null, clock.GetUtcNow()));
            LogEnded(logger, Id, State.Phase, State.ClosedRounds);

            if (open is not null)
            {
                await grains.GetRound(open).AbandonAsync("The run was stopped.");
                push.TellClosed(open, "abandoned", _cohort);
            }

            await CleanUpAsync();
        }

        return Result();
    }

    public async Task<RunCommandResult> PauseAsync(string callerId)
    {
        if (await RefuseAsync(callerId) is { } refusal)
        {
            return refusal;
        }

        await SaveAsync(State.Pause("Paused by its owner."));
        events.Publish(await ToStatusAsync());
        return Result();
    }

    public async Task<RunCommandResult> ResumeAsync(string callerId)
    {
        if (await RefuseAsync(callerId) is { } refusal)
        {
            return refusal;
        }

        await SaveAsync(State.Resume());
        events.Publish(await ToStatusAsync());
        GoOnSoon();
        return Result();
    }

    public Task WakeAsync()
    {
        if (State.Order is null)
        {
            return grains.GetOpenRuns().RemoveAsync(Id);
        }

        // The silo that died may have been about to tell this run that a member is suspended.
        _ = State.FederationId is { } federationId ? grains.GetFederation(federationId).WakeAsync() : Task.CompletedTask;
        return GoOnAsync(CancellationToken.None);
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => GoOnAsync(CancellationToken.None);

    public Task RoundClosedAsync(string roundId) => roundId == State.OpenRound ? GoOnAsync(CancellationToken.None) : Task.CompletedTask;

    public async Task RoundProgressedAsync(string roundId)
    {
        if (roundId == State.OpenRound && events.IsDue(Id))
        {
            events.Publish(await ToStatusAsync());
        }
    }

    private Task SaveAsync(RunState next) => store.SaveAsync(next, this);

    private async Task<RunCommandResult?> RefuseAsync(string callerId)
    {
        if (State.Order is null || await GetStatusAsync(callerId) is null)
        {
            return new RunCommandResult { Found = false };
        }

        return State.OwnerId == callerId ? null : new RunCommandResult { Found = true, NotOwner = true };
    }

    private RunCommandResult Result() => new()
    {
        Found = true, LastRound = State.ClosedRounds, NewVersion = State.NewVersion, Phase = State.Phase,
    };

    // One timer: it looks for devices, and it notices whatever news was lost.
    private void GoOnSoon()
    {
        _timer?.Dispose();
        _timer = this.RegisterGrainTimer(
            GoOnAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Options.LookForDevices) { KeepAlive = true });
    }
}
