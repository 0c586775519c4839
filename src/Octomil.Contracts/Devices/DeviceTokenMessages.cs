namespace Octomil.Devices;

/// <summary>
/// POST /devices/{device}/token, and POST /auth/device/refresh: a short-lived token for one device, and the one to get the next pair
/// with, good for one use.
/// </summary>
public sealed record DeviceTokenResponse
{
    public required string DeviceId { get; init; }
    public required string AccessToken { get; init; }
    public required string RefreshToken { get; init; }

    /// <summary>Seconds that the access token is good for.</summary>
    public required int ExpiresIn { get; init; }
}

/// <summary>POST /auth/device/refresh.</summary>
public sealed record DeviceRefreshRequest
{
    public required string RefreshToken { get; init; }

    /// <summary>
    /// What the device calls this use of the token, 16 to 128 characters that nobody can guess. A device that lost the answer repeats it and
    /// gets the same tokens, however late; without it, only within half a minute.
    /// </summary>
    public string? Attempt { get; init; }
}
