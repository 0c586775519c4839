using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Storage;

/// <summary>Section <c>Octomil:Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "Octomil:Storage";

    /// <summary>The folder of everything that is kept: database, payloads, keys. One server at a time opens it.</summary>
    [Required]
    public string DataFolder { get; set; } = "./data";

    /// <summary>Connections that may read the database at the same time.</summary>
    [Range(1, 64)]
    public int Readers { get; set; } = 4;

    /// <summary>How long a write waits for the database before it fails as unavailable.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an erasure waits for readers that hold old pages.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ErasureTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a health probe waits for storage before it reports it as unavailable.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How often the bytes of stored payloads are counted for the metrics; in a bucket that is a listing of all of them.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MeasureInterval { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
