using System.Net;

namespace Octomil;

/// <summary>Ends a command with an exit code and a message for people.</summary>
internal sealed class CommandFailureException(int exitCode, string message, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
    public string? Hint { get; } = hint;

    /// <summary>The HTTP status, where the service answered.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>One of <see cref="ErrorCodes"/>, where the service gave one.</summary>
    public string? Code { get; init; }

    public static CommandFailureException Usage(string message, string? hint = null) => new(ExitCodes.Usage, message, hint);
}
