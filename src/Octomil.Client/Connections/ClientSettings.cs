using Microsoft.Extensions.Logging;
using Octomil.Devices;

namespace Octomil.Client.Connections;

/// <summary>Time, chance, log and news, handed to every part of a client.</summary>
internal sealed record ClientSettings(TimeProvider Clock, Func<double> Chance, ILogger Logger, Action<AssignedVersion>? VersionAssigned)
{
    /// <summary>Where the device keeps what it needs from round to round; null: in memory.</summary>
    public string? StateFolder { get; init; }

    /// <summary>Spreads the calls of many devices: up to a fifth shorter.</summary>
    public TimeSpan Spread(TimeSpan interval) => interval * (1 - (0.2 * Chance()));
}
