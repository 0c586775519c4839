using Microsoft.Extensions.Logging;

namespace Octomil.Inference;

/// <summary>Where and how local inference listens.</summary>
public sealed class InferenceServerOptions
{
    /// <summary>The address to bind; only this machine by default, for there is no key.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>0: any free port.</summary>
    public int Port { get; set; } = 8080;

    /// <summary>Default: nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Default: the system's clock.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}
