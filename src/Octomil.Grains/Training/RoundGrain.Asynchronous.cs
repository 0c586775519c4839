using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What later rounds of an asynchronous run, and late updates, ask of a round.</summary>
internal sealed partial class RoundGrain
{
    public Task<AsynchronousRound?> GetAsynchronousAsync() => Task.FromResult(plan.State.Plan is { MaxStaleness: { } most } known
        ? new AsynchronousRound { RunId = known.RunId, RoundNumber = known.RoundNumber, MaxStaleness = most }
        : null);

    public Task<ImmutableArray<OutstandingDevice>> GetOutstandingAsync() => Task.FromResult(plan.State.Plan is null || Saved.Counted.IsEmpty
        ? []
        : Enumerable.Range(0, Plan.Devices.Length)
            .Where(device => !Saved.IsCounted(device))
            .Select(device => new OutstandingDevice
            {
                DeviceId = Plan.Devices[device],
                OrganizationId = Plan.Organizations[Plan.OrganizationOfDevice[device]],
                Base = Plan.BaseOf(device),
            })
            .ToImmutableArray());
}
