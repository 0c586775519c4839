using System.Net;

namespace Octomil.Client.Http;

/// <summary>The service refused a call, or could not be reached. The message is readable and holds no key and no data.</summary>
public sealed class OctomilException : Exception
{
    /// <summary>The service could not be reached.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The service was reached and did not answer in time.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>The answer was not one of this API; often a proxy or a wrong address.</summary>
    public const string UnexpectedAnswer = "unexpected_answer";

    /// <summary>The device was revoked.</summary>
    public const string Revoked = "revoked";

    /// <summary>The device's token file cannot be read or written.</summary>
    public const string TokenFile = "token_file";

    public OctomilException(HttpStatusCode? statusCode, string code, string detail, Exception? innerException = null)
        : base(detail, innerException)
    {
        StatusCode = statusCode;
        Code = code;
        Detail = detail;
    }

    public OctomilException()
        : this(null, UnexpectedAnswer, "The service did not answer as expected.")
    {
    }

    public OctomilException(string message)
        : this(null, UnexpectedAnswer, message)
    {
    }

    public OctomilException(string message, Exception innerException)
        : this(null, UnexpectedAnswer, message, innerException)
    {
    }

    /// <summary>The HTTP status; null if there was no answer.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>One of <see cref="ErrorCodes"/>, or one of this class's constants.</summary>
    public string Code { get; }

    /// <summary>What was wrong, in words.</summary>
    public string Detail { get; }

    /// <summary>How long the service asked to wait before the next try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The key is wrong, revoked, or lacks a scope.</summary>
    public bool IsAuthentication =>
        StatusCode is HttpStatusCode.Unauthorized || (StatusCode is HttpStatusCode.Forbidden && Code is ErrorCodes.MissingScope) || Code is Revoked;

    /// <summary>The same call may succeed later: no answer, 408, 429, 502, 503 or 504.</summary>
    public bool IsTransient => StatusCode switch
    {
        null => Code is Unreachable or TimedOut,
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => true,
        _ => false,
    };
}
