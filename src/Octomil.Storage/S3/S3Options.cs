using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Storage.S3;

/// <summary>
/// Section <c>Octomil:Storage:S3</c>: payloads in a bucket and not in the data folder, where <see cref="Bucket"/> is set. Credentials
/// are found as the AWS SDK finds them (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, the role of the machine or pod).
/// </summary>
internal sealed class S3Options : IValidatableObject
{
    public const string Section = StorageOptions.Section + ":S3";

    private const int SmallestPart = 5 << 20;
    private const int LargestPart = 512 << 20;

    /// <summary>The bucket, which must exist. Empty: payloads are in the data folder.</summary>
    [RegularExpression("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", ErrorMessage = Section + ":Bucket must be a bucket's name: 3 to 63 lower-case letters, digits, dots and dashes.")]
    public string? Bucket { get; set; }

    /// <summary>The server's address, e.g. https://s3.example.org; empty: AWS in <see cref="Region"/>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Put before every object's name; ends in a slash where it is a folder of its own.</summary>
    [RegularExpression("^[0-9A-Za-z._/-]{0,200}$", ErrorMessage = Section + ":Prefix may have up to 200 letters, digits, dots, dashes, underscores and slashes.")]
    public string Prefix { get; set; } = "";

    /// <summary>The region that requests are signed for.</summary>
    [RegularExpression("^[0-9a-z-]{1,50}$", ErrorMessage = Section + ":Region must be a region's name, e.g. us-east-1.")]
    public string Region { get; set; } = "us-east-1";

    /// <summary>https://server/bucket/name and not https://bucket.server/name; most servers other than AWS want it.</summary>
    public bool PathStyle { get; set; }

    /// <summary>How often a request is sent before it fails as unavailable; the waits between double, with chance in them.</summary>
    public int Attempts { get; set; } = 4;

    /// <summary>How long one attempt may take to be answered, and a download may stand still.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Larger payloads are uploaded in parts of this many bytes.</summary>
    public int PartBytes { get; set; } = 32 << 20;

    /// <summary>Where weights that were read are kept; empty: <c>cache</c> in the data folder. Best on a disk of the machine.</summary>
    public string? CacheFolder { get; set; }

    /// <summary>How many bytes of weights are kept there; those not used for longest go first.</summary>
    public long CacheBytes { get; set; } = 10L << 30;

    public bool IsChosen => Bucket is { Length: > 0 };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Endpoint) && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            yield return new ValidationResult($"{Section}:Endpoint must be an http or https address, e.g. https://s3.example.org.");
        }

        if (Attempts is < 1 or > 10)
        {
            yield return new ValidationResult($"{Section}:Attempts must be between 1 and 10.");
        }

        if (Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromMinutes(10))
        {
            yield return new ValidationResult($"{Section}:Timeout must be between 00:00:00.100 and 00:10:00.");
        }

        if (PartBytes is < SmallestPart or > LargestPart)
        {
            yield return new ValidationResult($"{Section}:PartBytes must be between {SmallestPart} (5 MiB, the least that servers take) and {LargestPart}.");
        }

        if (CacheBytes < 0)
        {
            yield return new ValidationResult($"{Section}:CacheBytes must not be negative.");
        }

        if (!IsChosen && !(string.IsNullOrEmpty(Endpoint) && Prefix.Length == 0))
        {
            yield return new ValidationResult($"{Section}:Bucket is missing while other settings of the section are there: name the bucket, or remove the section.");
        }
    }
}

[OptionsValidator]
internal sealed partial class S3OptionsValidator : IValidateOptions<S3Options>;
