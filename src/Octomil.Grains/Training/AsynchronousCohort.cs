using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>
/// The cohort of a round in an asynchronous run: devices that still train from an earlier round's base keep their place, and free
/// places go to others. So a device has one task at a time, and counts at most once in a round and once for a base.
/// </summary>
internal static class AsynchronousCohort
{
    /// <summary>Those of the round before that may still answer: not too many rounds behind, in time, of a member that takes part.</summary>
    public static ImmutableArray<OutstandingDevice> Carry(
        ImmutableArray<OutstandingDevice> outstanding, IReadOnlySet<string> organizations, int roundNumber, int maxStaleness, DateTimeOffset now) =>
    [
        .. outstanding.Where(device => roundNumber - device.Base.RoundNumber <= maxStaleness && device.Base.Deadline > now
            && organizations.Contains(device.OrganizationId)),
    ];

    /// <summary>Of the drawn devices those that have no task, at most as many as there are places left, chosen by the seed.</summary>
    public static Cohort Fill(Cohort drawn, ImmutableArray<OutstandingDevice> carried, int places, ulong seed)
    {
        var busy = carried.Select(device => device.DeviceId).ToHashSet(StringComparer.Ordinal);
        var free = drawn.Members.Where(member => !busy.Contains(member.Device.Id)).ToArray();
        new Random((int)(seed ^ (seed >> 32))).Shuffle(free);
        return drawn with
        {
            Members = [.. free.Take(Math.Max(0, places - carried.Length)).OrderBy(member => member.Device.Id, StringComparer.Ordinal)],
        };
    }

    /// <summary>The plan with the carried devices beside those it selected.</summary>
    public static RoundPlan Join(RoundPlan plan, ImmutableArray<OutstandingDevice> carried, int bufferSize, int maxStaleness)
    {
        ImmutableArray<string> organizations =
            [.. plan.Organizations.Union(carried.Select(device => device.OrganizationId), StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        ImmutableArray<RoundBase> bases = [.. carried.Select(device => device.Base).DistinctBy(earlier => earlier.RoundId).OrderBy(earlier => earlier.RoundNumber)];
        var numbers = bases.Select((earlier, index) => (earlier.RoundId, index)).ToDictionary(pair => pair.RoundId, pair => pair.index, StringComparer.Ordinal);
        var devices = plan.Devices
            .Select((id, index) => (Id: id, Organization: plan.Organizations[plan.OrganizationOfDevice[index]], Base: -1))
            .Concat(carried.Select(device => (Id: device.DeviceId, Organization: device.OrganizationId, Base: numbers[device.Base.RoundId])))
            .OrderBy(device => device.Id, StringComparer.Ordinal)
            .ToList();
        var target = Math.Min(bufferSize, devices.Count);

        return plan with
        {
            Organizations = organizations,
            Devices = [.. devices.Select(device => device.Id)],
            OrganizationOfDevice = [.. devices.Select(device => organizations.BinarySearch(device.Organization, StringComparer.Ordinal))],
            BaseOfDevice = [.. devices.Select(device => device.Base)],
            EarlierBases = bases,
            MaxStaleness = maxStaleness,
            TargetUpdates = target,
            MinUpdates = Math.Min(plan.MinUpdates, target),
        };
    }
}
