using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Storage;

/// <summary>
/// Section <c>Octomil:Cluster</c>: one server with everything in its data folder, or several on one PostgreSQL database and one data
/// folder that all of them have mounted.
/// </summary>
public sealed class ClusterOptions : IValidatableObject
{
    public const string Section = "Octomil:Cluster";

    /// <summary>One server.</summary>
    public const string Embedded = "embedded";

    /// <summary>Several servers.</summary>
    public const string Cluster = "cluster";

    /// <summary><see cref="Embedded"/> or <see cref="Cluster"/>.</summary>
    [AllowedValues(Embedded, Cluster, ErrorMessage = "Octomil:Cluster:Mode must be embedded or cluster.")]
    public string Mode { get; set; } = Embedded;

    /// <summary>The PostgreSQL database of all servers.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Names the cluster in its database: servers with the same name form one.</summary>
    [Required, StringLength(100)]
    public string Name { get; set; } = "octomil";

    /// <summary>The address at which the other servers reach this one; null: the first address of this machine.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>The port for the other servers; 0: any free one.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 11111;

    public bool IsCluster => Mode == Cluster;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsCluster && string.IsNullOrWhiteSpace(ConnectionString))
        {
            yield return new ValidationResult($"{Section}:ConnectionString must name a PostgreSQL database where {Section}:Mode is {Cluster}.", [nameof(ConnectionString)]);
        }

        if (AdvertisedAddress is not null && !System.Net.IPAddress.TryParse(AdvertisedAddress, out _))
        {
            yield return new ValidationResult($"{Section}:AdvertisedAddress must be an IP address, not '{AdvertisedAddress}'.", [nameof(AdvertisedAddress)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class ClusterOptionsValidator : IValidateOptions<ClusterOptions>;
