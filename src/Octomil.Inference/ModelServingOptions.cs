using Microsoft.Extensions.Logging;

namespace Octomil.Inference;

/// <summary>Which model a device serves, and as whom it asks for its version.</summary>
public sealed class ModelServingOptions
{
    /// <summary>The model's name or id.</summary>
    public required string Model { get; set; }

    /// <summary>A key with the scope <c>devices:write</c>; null where <see cref="TokenFile"/> takes its place.</summary>
    public required string? ApiKey { get; set; }

    /// <summary>A file with tokens of this device, which are renewed in it; as for the device SDK.</summary>
    public string? TokenFile { get; set; }

    /// <summary>The device's name in its organization; decides which version it should run.</summary>
    public required string DeviceIdentifier { get; set; }

    /// <summary>Where versions are kept, so that the last good one answers without the service.</summary>
    public required string VersionFolder { get; set; }

    /// <summary>The address of the service; default as for the device SDK.</summary>
    public string? ApiBase { get; set; }

    /// <summary>Where to listen, and the log.</summary>
    public InferenceServerOptions Server { get; set; } = new();

    /// <summary>Sends the requests to the service; for a proxy or a private certificate authority.</summary>
    public HttpMessageHandler? Handler { get; set; }

    /// <summary>Called when another version begins to answer.</summary>
    public Action<string>? VersionServed { get; set; }

    internal ILoggerFactory? LoggerFactory => Server.LoggerFactory;
}
