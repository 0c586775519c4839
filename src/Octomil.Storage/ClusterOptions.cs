using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;

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
    [AllowedValues(Embedded, Cluster, ErrorMessage = $"{Section}:Mode must be {Embedded} or {Cluster}.")]
    public string Mode { get; set; } = Embedded;

    /// <summary>The PostgreSQL database of all servers, as Npgsql takes it: <c>Host=db;Username=octomil;Password=...;Database=octomil</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Servers with the same name form one cluster. A database belongs to one service, so to one cluster at a time.</summary>
    [Required(ErrorMessage = $"{Section}:Name must not be empty."), StringLength(100, ErrorMessage = $"{Section}:Name must have at most 100 characters.")]
    public string Name { get; set; } = "octomil";

    /// <summary>The IP address at which the other servers reach this one; null: the first address of this machine.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>The port for the other servers; 0: any free one.</summary>
    public int Port { get; set; } = 11111;

    public bool IsCluster => Mode == Cluster;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsCluster && WhatIsWrongWithTheConnection() is { } wrong)
        {
            yield return new ValidationResult($"{Section}:ConnectionString (OCTOMIL_DATABASE) {wrong}", [nameof(ConnectionString)]);
        }

        if (Port is < 0 or > 65535)
        {
            yield return new ValidationResult($"{Section}:Port must be 1 to 65535, or 0 for any free port, not {Port}.", [nameof(Port)]);
        }

        if (AdvertisedAddress is not null && !System.Net.IPAddress.TryParse(AdvertisedAddress, out _))
        {
            yield return new ValidationResult($"{Section}:AdvertisedAddress must be an IP address, not '{AdvertisedAddress}'.", [nameof(AdvertisedAddress)]);
        }
    }

    // Never shows it: there is a password in it.
    private string? WhatIsWrongWithTheConnection()
    {
        const string Example = "for example Host=db;Username=octomil;Password=...;Database=octomil";

        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(ConnectionString).Host)
                ? $"must name a PostgreSQL database where {Section}:Mode is {Cluster}, {Example}."
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            return $"cannot be read; it should be {Example}.";
        }
    }
}

[OptionsValidator]
internal sealed partial class ClusterOptionsValidator : IValidateOptions<ClusterOptions>;
