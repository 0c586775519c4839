using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Octomil.Client.Versions;
using Octomil.Devices;

namespace Octomil.Client;

/// <summary>What a <see cref="FederatedClient"/> may be told beside its key and its name.</summary>
public sealed class FederatedClientOptions
{
    /// <summary>Where the service is when neither the options nor the environment say so.</summary>
    public const string DefaultApiBase = "http://127.0.0.1:5080";

    /// <summary>Names the environment variable with the address of the service.</summary>
    public const string ApiBaseVariable = "OCTOMIL_API_BASE";

    /// <summary>The address of the service, with or without <c>/api/v1</c>. Default: the environment's <c>OCTOMIL_API_BASE</c>.</summary>
    public string? ApiBase { get; set; }

    /// <summary>
    /// A file with tokens of this device alone, in the place of an API key: <c>octomil devices token DEVICE --output FILE</c> makes it. They are
    /// renewed in it before they end, so its folder must be writable; programs of one device may share it.
    /// </summary>
    public string? TokenFile { get; set; }

    /// <summary>Ignored: the key decides the organization. Kept because other SDKs have it.</summary>
    public string? OrgId { get; set; }

    /// <summary>The version of the program that uses the SDK; shown to tenants.</summary>
    public string? AppVersion { get; set; }

    /// <summary>Where the device is; shown to tenants.</summary>
    public string? Region { get; set; }

    /// <summary>
    /// A folder of this device alone, for what the strategies <c>scaffold</c> and <c>feddyn</c> keep on the device from round to round: vectors of the
    /// model's size, learned from its data, which never leave it. Default: in memory, so a program that starts again starts without them.
    /// </summary>
    public string? StateFolder { get; set; }

    /// <summary>Sends all HTTP requests, so for a proxy or a private certificate authority. Stays the caller's.</summary>
    public HttpMessageHandler? Handler { get; set; }

    /// <summary>Receives one readable line per event; no weights, samples or keys. Default: nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Default: the system's clock.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Called when this device should run another version of a model; on a pool thread, so it must return quickly.</summary>
    public Action<AssignedVersion>? VersionAssigned { get; set; }

    /// <summary>
    /// Where the versions that this device should run are kept: it downloads and verifies them, keeps the previous one, and reports.
    /// Default: versions are not downloaded, only <see cref="VersionAssigned"/> tells of them.
    /// </summary>
    public string? VersionFolder { get; set; }

    /// <summary>Called before a verified version becomes the current one; an exception refuses it, and the device keeps what it runs.</summary>
    public Func<StoredVersion, CancellationToken, Task>? VersionActivating { get; set; }

    /// <summary>Uniform numbers in [0, 1) for jitter.</summary>
    internal Func<double> Chance { get; set; } = static () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    internal string ResolveApiBase() =>
        ApiBase ?? (Environment.GetEnvironmentVariable(ApiBaseVariable) is { Length: > 0 } fromEnvironment ? fromEnvironment : DefaultApiBase);
}
