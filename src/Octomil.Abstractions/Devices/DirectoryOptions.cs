using System.ComponentModel.DataAnnotations;

namespace Octomil.Devices;

/// <summary>Section <c>Octomil:Directory</c>.</summary>
public sealed class DirectoryOptions
{
    public const string Section = "Octomil:Directory";

    /// <summary>Partitions of an organization's ready devices. More spread the work, each costs a call per draw.</summary>
    [Range(1, 1024)]
    public int Partitions { get; set; } = 8;

    /// <summary>A device without a connection stays eligible for this long after it was last seen.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RecentlySeen { get; set; } = TimeSpan.FromMinutes(2);
}
