using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace Octomil.Storage.S3;

/// <summary>What a bucket's server or the way to it answered, as the exceptions that callers know. Never says anything of credentials.</summary>
internal static class S3Errors
{
    public static bool IsMissing(AmazonServiceException exception) =>
        exception.StatusCode is HttpStatusCode.NotFound && exception.ErrorCode is not "NoSuchBucket" and not "NoSuchUpload";

    /// <summary>True for what the SDK and the network throw, and for a timeout of ours; false for the caller's own cancellation.</summary>
    public static bool IsTrouble(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        StorageUnavailableException or PayloadMissingException or PayloadDamagedException => false,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        AmazonServiceException or AmazonClientException or HttpRequestException or SocketException or TimeoutException or IOException => true,
        _ => false,
    };

    /// <summary>True where trying again does not help, for it is the settings that are wrong.</summary>
    public static bool IsOfSettings(Exception exception) => exception is AmazonServiceException service
        ? service.ErrorCode is "NoSuchBucket" || service.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.MovedPermanently
        : IsWithoutCredentials(exception);

    public static StorageUnavailableException Unavailable(Exception exception, S3Options options)
    {
        var where = $"The bucket {options.Bucket} at {(string.IsNullOrEmpty(options.Endpoint) ? $"AWS in {options.Region}" : options.Endpoint)}";
        return new StorageUnavailableException($"{where} is unavailable: {Reason(exception, options)}", exception);
    }

    private static string Reason(Exception exception, S3Options options) => exception switch
    {
        AmazonServiceException { ErrorCode: "NoSuchBucket" } => $"there is no such bucket; create it, or correct {S3Options.Section}:Bucket.",
        AmazonServiceException { ErrorCode: "InvalidAccessKeyId" or "SignatureDoesNotMatch" } =>
            "its server does not know the credentials; correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the profile or role).",
        AmazonServiceException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } service =>
            $"its server refused ({service.ErrorCode}); the credentials must be allowed to list the bucket and to get, put and delete its objects.",
        AmazonServiceException { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.BadRequest } service =>
            $"its server answered {service.ErrorCode}; check {S3Options.Section}:Region ({options.Region}), Endpoint and PathStyle.",
        AmazonServiceException { StatusCode: not 0 } service => $"its server answered {(int)service.StatusCode} {service.ErrorCode} after {options.Attempts} attempts.",
        OperationCanceledException or TimeoutException => $"it did not answer within {options.Timeout.TotalSeconds} s.",
        _ when IsWithoutCredentials(exception) => "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or a profile or role).",
        _ => $"the connection failed ({exception.GetBaseException().Message}).",
    };

    private static bool IsWithoutCredentials(Exception exception) =>
        exception is AmazonClientException && exception.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase);
}
