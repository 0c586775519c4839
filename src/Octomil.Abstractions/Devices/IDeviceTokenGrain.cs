using Octomil.Organizations;
using Orleans.Concurrency;

namespace Octomil.Devices;

/// <summary>The token of a device (key: the device's id). One at a time: whoever makes a new one ends the earlier.</summary>
[Alias("octomil.device-token")]
public interface IDeviceTokenGrain : IGrainWithStringKey
{
    /// <summary>Null: there is no such device of the caller.</summary>
    [Alias("mint")]
    Task<TokenFamily?> MintAsync(string callerId, string familyId, string keyHash, TimeSpan life);

    [Alias("refresh-attempt")]
    Task<RefreshedFamily> RefreshAsync(string callerId, TokenRefresh refresh, TimeSpan life);

    /// <summary>False: another token took its place, it ended, or the device is revoked.</summary>
    [Alias("has-token"), AlwaysInterleave]
    Task<bool> HasTokenAsync(string callerId, string familyId);
}

/// <summary>What a refresh token says, and what the device calls this use of it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.token-refresh")]
public sealed record TokenRefresh
{
    [Id(0)] public required string FamilyId { get; init; }
    [Id(1)] public required int Generation { get; init; }
    [Id(2)] public string? AttemptHash { get; init; }
}
