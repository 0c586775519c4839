using System.Collections.Immutable;

namespace Octomil.Learning.Privacy;

/// <summary>What a device's releases have cost.</summary>
/// <param name="Spent">Their mu^2.</param>
/// <param name="Participations">How many.</param>
public readonly record struct DeviceSpending(double Spent, int Participations);

/// <summary>What an open attempt holds, the same amount for each of its devices.</summary>
/// <param name="Cost">mu^2.</param>
/// <param name="Devices">Whose.</param>
public sealed record DeviceHold(double Cost, ImmutableSortedSet<string> Devices);

/// <summary>
/// The ledgers of many devices, with the rules of <see cref="PrivacyLedger"/>: a device may be in a release if what it has spent and what open
/// attempts hold of it leave room for the cost. The costs do not depend on data, so each device keeps to the limit by itself (individual
/// filtering: Feldman and Zrnic 2021; Koskela et al. 2022), and the organization has spent what the device that took part most has.
/// </summary>
public sealed record DeviceLedgers
{
    // Of attempts that are over; an attempt's id is used by one round only, and not again after so many.
    private const int Remembered = 1024;
    private const double Slack = 1 + 1e-12;

    /// <summary>Devices that were in a release.</summary>
    public ImmutableSortedDictionary<string, DeviceSpending> Devices { get; init; } = ImmutableSortedDictionary.Create<string, DeviceSpending>(StringComparer.Ordinal);

    /// <summary>Open attempts.</summary>
    public ImmutableSortedDictionary<string, DeviceHold> Open { get; init; } = ImmutableSortedDictionary.Create<string, DeviceHold>(StringComparer.Ordinal);

    /// <summary>The last attempts that are over: none of them can hold anything again.</summary>
    public ImmutableList<string> Closed { get; init; } = [];

    /// <summary>The largest mu^2 that a device has spent, and the most releases that one was in.</summary>
    public DeviceExposure Exposure => new()
    {
        LargestSpent = Devices.Values.Select(device => device.Spent).DefaultIfEmpty().Max(),
        MostParticipations = Devices.Values.Select(device => device.Participations).DefaultIfEmpty().Max(),
    };

    /// <summary>The most mu^2 that open attempts hold for one device.</summary>
    public double LargestHeld => Open.Values
        .SelectMany(hold => hold.Devices.Select(device => (device, hold.Cost)))
        .GroupBy(held => held.device, held => held.Cost, StringComparer.Ordinal)
        .Select(device => device.Sum()).DefaultIfEmpty().Max();

    /// <summary>Those of the devices that cannot be in another release of this cost.</summary>
    public ImmutableArray<string> Refused(double cost, PrivacyLimit limit, IEnumerable<string> devices)
    {
        var budget = limit.MuSquared * Slack;
        return [.. devices.Where(device => !Fits(device, cost, budget, limit.MaxParticipations))];
    }

    /// <summary>Holds the cost for every device that has room for it; again is the same.</summary>
    /// <param name="attempt">The round's id.</param>
    /// <param name="cost">mu^2, above 0.</param>
    /// <param name="limit">Of each device.</param>
    /// <param name="devices">The cohort's.</param>
    /// <returns>The devices for which nothing is held: they must not take part.</returns>
    public (DeviceLedgers Next, ImmutableArray<string> Refused) Reserve(string attempt, double cost, PrivacyLimit limit, ImmutableArray<string> devices)
    {
        if (!(cost > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(cost), cost, "A release costs more than 0.");
        }

        if (Closed.Contains(attempt))
        {
            return (this, devices);
        }

        if (Open.TryGetValue(attempt, out var held))
        {
            return (this, [.. devices.Where(device => held.Cost != cost || !held.Devices.Contains(device))]);
        }

        var refused = Refused(cost, limit, devices);
        var hold = new DeviceHold(cost, devices.Except(refused, StringComparer.Ordinal).ToImmutableSortedSet(StringComparer.Ordinal));
        return hold.Devices.IsEmpty ? (this, refused) : (this with { Open = Open.Add(attempt, hold) }, refused);
    }

    /// <summary>Charges the devices whose updates are in the release, and gives back what was held for the others; for none of them it is a refund. Again is the same.</summary>
    /// <exception cref="PrivacyException">A device is in the release for which nothing was held.</exception>
    public DeviceLedgers Close(string attempt, IReadOnlyCollection<string> charged)
    {
        if (Closed.Contains(attempt))
        {
            return this;
        }

        var closed = this with { Open = Open.Remove(attempt), Closed = Closed.Count < Remembered ? Closed.Add(attempt) : Closed.RemoveAt(0).Add(attempt) };
        if (charged.Count == 0)
        {
            return closed;
        }

        if (!Open.TryGetValue(attempt, out var hold) || charged.FirstOrDefault(device => !hold.Devices.Contains(device)) is not null)
        {
            throw new PrivacyException($"The attempt {attempt} holds nothing for a device whose update it would release.");
        }

        return closed with
        {
            Devices = Devices.SetItems(charged.Select(device =>
            {
                var spent = Devices.GetValueOrDefault(device);
                return KeyValuePair.Create(device, new DeviceSpending(spent.Spent + hold.Cost, spent.Participations + 1));
            })),
        };
    }

    private bool Fits(string device, double cost, double budget, int? participations)
    {
        var (spent, count) = Devices.GetValueOrDefault(device);
        foreach (var hold in Open.Values)
        {
            if (hold.Devices.Contains(device))
            {
                (spent, count) = (spent + hold.Cost, count + 1);
            }
        }

        return spent + cost <= budget && !(count >= participations);
    }
}
