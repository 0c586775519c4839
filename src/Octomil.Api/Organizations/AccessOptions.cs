using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Organizations;

/// <summary>Section <c>Octomil:Authentication</c>: how long tokens are good for.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Octomil:Authentication";

    /// <summary>A person's access token.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan SessionToken { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A person who does not come back for so long signs in again.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "365.00:00:00")]
    public TimeSpan Session { get; set; } = TimeSpan.FromDays(14);

    /// <summary>A device's access token.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan DeviceToken { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A device that does not refresh its token for so long needs a new one.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "365.00:00:00")]
    public TimeSpan Device { get; set; } = TimeSpan.FromDays(30);
}

[OptionsValidator]
internal sealed partial class AccessOptionsValidator : IValidateOptions<AccessOptions>;
