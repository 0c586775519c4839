using System.Collections.Immutable;
using Octomil.Devices;
using Octomil.Learning.Privacy;

namespace Octomil.Organizations;

/// <summary>
/// The ledgers of a part of an organization's devices (key: <c>org_.../epoch/part</c>): a round over thousands of devices writes as many rows as
/// there are parts, not as there are devices. A new epoch begins with rows of its own.
/// </summary>
[Alias("octomil.device-ledger")]
internal interface IDeviceLedgerGrain : IGrainWithStringKey
{
    /// <summary>Those of the devices that cannot be in another release of this cost.</summary>
    [Alias("refused")]
    Task<ImmutableArray<string>> GetRefusedAsync(double cost, ImmutableArray<string> devices);

    /// <summary>Holds the cost for every device that has room for it; returns the others.</summary>
    [Alias("reserve")]
    Task<ImmutableArray<string>> ReserveAsync(string attempt, double cost, ImmutableArray<string> devices);

    /// <summary>Charges these devices and gives back the rest; none: a refund. Again is the same.</summary>
    [Alias("close")]
    Task CloseAsync(string attempt, ImmutableArray<string> charged);

    [Alias("standing")]
    Task<DeviceLedgerStanding> GetStandingAsync();
}

/// <summary>Where the devices of a part stand.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-ledger-standing")]
internal sealed record DeviceLedgerStanding
{
    [Id(0)] public int Devices { get; init; }
    [Id(1)] public double LargestSpent { get; init; }
    [Id(2)] public int MostParticipations { get; init; }

    /// <summary>The most mu^2 that is held for one device.</summary>
    [Id(3)] public double LargestHeld { get; init; }
}

/// <summary>The ledgers' row.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-ledger-state")]
internal sealed record DeviceLedgerState
{
    [Id(0)] public DeviceLedgers Ledgers { get; init; } = new();
}

/// <summary>Which rows hold a device's ledger.</summary>
internal static class DeviceLedgerParts
{
    /// <summary>Parts of an organization's devices; fixed, for a device must be found again.</summary>
    public const int Count = 64;

    public static IDeviceLedgerGrain GetDeviceLedger(this IGrainFactory grains, DeviceLedgerKey key, int part) =>
        grains.GetGrain<IDeviceLedgerGrain>($"{key.OrganizationId}/{key.Epoch}/{part}");

    public static int Of(string deviceId) => DirectoryPartitions.Of(deviceId, Count);

    public static IEnumerable<IDeviceLedgerGrain> GetDeviceLedgers(this IGrainFactory grains, DeviceLedgerKey key) =>
        Enumerable.Range(0, Count).Select(part => grains.GetDeviceLedger(key, part));
}

internal sealed class DeviceLedgerGrain(
    [PersistentState("device-ledger", StorageNames.Grains)] IPersistentState<DeviceLedgerState> store, IGrainFactory grains) : Grain, IDeviceLedgerGrain
{
    public async Task<ImmutableArray<string>> GetRefusedAsync(double cost, ImmutableArray<string> devices) =>
        store.State.Ledgers.Refused(cost, await LimitAsync(), devices);

    public async Task<ImmutableArray<string>> ReserveAsync(string attempt, double cost, ImmutableArray<string> devices)
    {
        var (next, refused) = store.State.Ledgers.Reserve(attempt, cost, await LimitAsync(), devices);
        await SaveAsync(next);
        return refused;
    }

    public Task CloseAsync(string attempt, ImmutableArray<string> charged) => SaveAsync(store.State.Ledgers.Close(attempt, charged));

    public Task<DeviceLedgerStanding> GetStandingAsync()
    {
        var ledgers = store.State.Ledgers;
        var exposure = ledgers.Exposure;
        return Task.FromResult(new DeviceLedgerStanding
        {
            Devices = ledgers.Devices.Count,
            LargestSpent = exposure.LargestSpent,
            MostParticipations = exposure.MostParticipations,
            LargestHeld = ledgers.LargestHeld,
        });
    }

    // The organization's own word, whoever asks.
    private async Task<PrivacyLimit> LimitAsync()
    {
        var organizationId = this.GetPrimaryKeyString().Split('/')[0];
        var settings = await grains.GetOrganizationPrivacy(organizationId).GetSettingsAsync();
        return PolicyState.LimitOf(settings ?? new OrganizationSettings())
            ?? throw new InvalidOperationException($"{organizationId} has set no privacy budget.");
    }

    private Task SaveAsync(DeviceLedgers next) => store.SaveIfChangedAsync(
        ReferenceEquals(next, store.State.Ledgers) ? store.State : store.State with { Ledgers = next }, this);
}
