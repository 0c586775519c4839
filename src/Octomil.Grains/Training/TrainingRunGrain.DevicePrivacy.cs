using System.Collections.Immutable;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Cohorts where devices have ledgers of their own: those that are spent are not selected, and the cost is held for each of the others.</summary>
internal sealed partial class TrainingRunGrain
{
    private static ImmutableArray<DeviceLedgerKey> PerDevice(IEnumerable<RunMember> members) =>
    [
        .. members.Where(member => member.DeviceEpoch > 0)
            .Select(member => new DeviceLedgerKey { OrganizationId = member.OrganizationId, Epoch = member.DeviceEpoch }),
    ];

    /// <summary>
    /// Draws among the devices that can pay for the round. Where some of the drawn cannot, more are drawn: in the worst case all, for the
    /// directory knows nothing of ledgers.
    /// </summary>
    private async Task<Cohort> DrawAsync(
        RunState state, ImmutableArray<RunMember> members, ImmutableArray<PartitionCount> counts, int size, ulong seed)
    {
        var keys = PerDevice(members);
        var total = counts.Sum(part => part.Count);

        for (var wanted = Math.Min(size, total); ; wanted = (int)Math.Min(total, 2L * wanted))
        {
            var drawn = await cohorts.DrawAsync(counts, state.Order!.Group, wanted, seed);

            if (state.Order.Privacy is null || keys.IsEmpty)
            {
                return drawn;
            }

            var refused = await AskDevicesAsync(keys, drawn, PrivateRound.CostOf(PrivacyOf(state)));
            ImmutableArray<(Devices.DrawnDevice Device, int Organization)> left = [.. drawn.Members.Where(member => !refused.Contains(member.Device.Id))];

            if (left.Length >= size || wanted >= total)
            {
                return drawn with { Members = Some(left, size, seed) };
            }
        }
    }

    /// <summary>True where too few devices can pay, whatever their organizations say: the run is paused with that reason. Holds nothing.</summary>
    private async Task<bool> LackDevicesAsync(PrivateDraw draw)
    {
        if (PerDevice(draw.Members).IsEmpty)
        {
            return false;
        }

        var drawn = await DrawAsync(State, draw.Members, draw.Counts, Math.Max(draw.Size.Selected, draw.Fewest), draw.Seed);
        return drawn.Members.Length < draw.Fewest && await PauseWithoutDevicesAsync(draw, drawn.Members.Length);
    }

    /// <summary>Holds the cost for each device of the plan; those for which it cannot be held any more (another run was faster) are left out.</summary>
    private async Task<NextRound?> WithDevicesAsync(PrivateDraw draw, NextRound next)
    {
        var plan = next.Plan;

        if (plan.Privacy!.PerDevice.IsEmpty)
        {
            return next;
        }

        var cost = PrivateRound.CostOf(plan.Privacy);
        var refused = await AskAsync(plan.Privacy.PerDevice, plan.Organizations, Members(plan), (part, devices) => part.ReserveAsync(plan.RoundId, cost, devices));
        plan = Without(plan, refused);

        if (plan.Devices.Length >= draw.Fewest)
        {
            var cohort = next.Cohort with { Members = [.. next.Cohort.Members.Where(member => !refused.Contains(member.Device.Id))] };
            return next with { Plan = plan, Cohort = cohort };
        }

        await ReleaseAsync();
        await PauseWithoutDevicesAsync(draw, plan.Devices.Length);
        return null;
    }

    private async Task<bool> PauseWithoutDevicesAsync(PrivateDraw draw, int ready)
    {
        ImmutableArray<RunMember> members =
        [
            .. draw.Members.Select(member => member.DeviceEpoch > 0 ? member with { LacksBudget = true, Reason = "privacy budgets of its devices exhausted" } : member),
        ];
        await PauseForBudgetAsync(
            $"PrivacyBudget: {ready} devices of at least {draw.Fewest} can pay for another round. Raise the budget, or the most participations of a device.", members);
        return true;
    }

    private Task<ImmutableHashSet<string>> AskDevicesAsync(ImmutableArray<DeviceLedgerKey> keys, Cohort cohort, double cost) => AskAsync(
        keys, cohort.Organizations, cohort.Members.Select(member => (member.Device.Id, member.Organization)), (part, devices) => part.GetRefusedAsync(cost, devices));

    private async Task<ImmutableHashSet<string>> AskAsync(
        ImmutableArray<DeviceLedgerKey> keys, ImmutableArray<string> organizations, IEnumerable<(string Id, int Organization)> devices,
        Func<IDeviceLedgerGrain, ImmutableArray<string>, Task<ImmutableArray<string>>> askAsync)
    {
        var byOrganization = keys.Where(key => organizations.Contains(key.OrganizationId)).ToDictionary(key => organizations.IndexOf(key.OrganizationId));
        var refused = await Task.WhenAll(devices
            .Where(device => byOrganization.ContainsKey(device.Organization))
            .GroupBy(device => (Key: byOrganization[device.Organization], Part: DeviceLedgerParts.Of(device.Id)), device => device.Id)
            .Select(part => askAsync(grains.GetDeviceLedger(part.Key.Key, part.Key.Part), [.. part])));
        return refused.SelectMany(part => part).ToImmutableHashSet(StringComparer.Ordinal);
    }

    private static IEnumerable<(string Id, int Organization)> Members(RoundPlan plan) =>
        plan.Devices.Select((id, index) => (id, plan.OrganizationOfDevice[index]));

    private static RoundPlan Without(RoundPlan plan, ImmutableHashSet<string> refused)
    {
        if (refused.IsEmpty)
        {
            return plan;
        }

        var kept = Enumerable.Range(0, plan.Devices.Length).Where(index => !refused.Contains(plan.Devices[index])).ToList();
        var target = Math.Min(plan.TargetUpdates, kept.Count);
        return plan with
        {
            Devices = [.. kept.Select(index => plan.Devices[index])],
            OrganizationOfDevice = [.. kept.Select(index => plan.OrganizationOfDevice[index])],
            BaseOfDevice = plan.BaseOfDevice.IsEmpty ? [] : [.. kept.Select(index => plan.BaseOfDevice[index])],
            TargetUpdates = target,
            MinUpdates = Math.Min(plan.MinUpdates, target),
        };
    }

    // Any of them alike, in the order of ids that a plan has.
    private static ImmutableArray<(Devices.DrawnDevice Device, int Organization)> Some(
        ImmutableArray<(Devices.DrawnDevice Device, int Organization)> members, int size, ulong seed)
    {
        if (members.Length <= size)
        {
            return members;
        }

        var shuffled = members.ToArray();
        new Random((int)(seed ^ (seed >> 32))).Shuffle(shuffled);
        return [.. shuffled.Take(size).OrderBy(member => member.Device.Id, StringComparer.Ordinal)];
    }
}
