using System.Collections.Immutable;
using Octomil.Learning.Privacy;

namespace Octomil.Organizations;

/// <summary>The stored form of <see cref="DeviceLedgers"/>.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-ledgers")]
internal readonly record struct StoredDeviceLedgers
{
    [Id(0)] public ImmutableArray<StoredSpending> Devices { get; init; }
    [Id(1)] public ImmutableArray<StoredDeviceHold> Open { get; init; }
    [Id(2)] public ImmutableArray<string> Closed { get; init; }
}

[GenerateSerializer, Immutable, Alias("octomil.device-spending")]
internal readonly record struct StoredSpending
{
    [Id(0)] public string Device { get; init; }
    [Id(1)] public double Spent { get; init; }
    [Id(2)] public int Participations { get; init; }
}

[GenerateSerializer, Immutable, Alias("octomil.device-hold")]
internal readonly record struct StoredDeviceHold
{
    [Id(0)] public string Attempt { get; init; }
    [Id(1)] public double Cost { get; init; }
    [Id(2)] public ImmutableArray<string> Devices { get; init; }
}

/// <summary>Between the two.</summary>
[RegisterConverter]
internal sealed class DeviceLedgersConverter : IConverter<DeviceLedgers, StoredDeviceLedgers>
{
    public DeviceLedgers ConvertFromSurrogate(in StoredDeviceLedgers surrogate) => new()
    {
        Devices = surrogate.Devices.ToImmutableSortedDictionary(
            device => device.Device, device => new DeviceSpending(device.Spent, device.Participations), StringComparer.Ordinal),
        Open = surrogate.Open.ToImmutableSortedDictionary(
            hold => hold.Attempt, hold => new DeviceHold(hold.Cost, hold.Devices.ToImmutableSortedSet(StringComparer.Ordinal)), StringComparer.Ordinal),
        Closed = [.. surrogate.Closed],
    };

    public StoredDeviceLedgers ConvertToSurrogate(in DeviceLedgers value) => new()
    {
        Devices = [.. value.Devices.Select(device => new StoredSpending { Device = device.Key, Spent = device.Value.Spent, Participations = device.Value.Participations })],
        Open = [.. value.Open.Select(hold => new StoredDeviceHold { Attempt = hold.Key, Cost = hold.Value.Cost, Devices = [.. hold.Value.Devices] })],
        Closed = [.. value.Closed],
    };
}
