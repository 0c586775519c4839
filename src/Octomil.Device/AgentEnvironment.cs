using Microsoft.Extensions.Logging;
using Octomil.Client;

namespace Octomil.Device;

/// <summary>What the agent takes from the process around it.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="Output">Receives help.</param>
/// <param name="Error">Receives what was wrong with the command line.</param>
/// <param name="CreateLoggers">Makes the log, with debug lines or without.</param>
/// <param name="CreateTrainers">Makes what opens data sources, with so many threads.</param>
internal sealed record AgentEnvironment(
    Func<string, string?> Variable,
    TextWriter Output,
    TextWriter Error,
    Func<bool, ILoggerFactory> CreateLoggers,
    Func<ILoggerFactory, int, ILocalTrainerFactory> CreateTrainers)
{
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
