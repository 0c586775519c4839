using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Training;

/// <summary>Section <c>Octomil:Uploads</c>: what is asked of senders of updates.</summary>
internal sealed class UploadOptions
{
    public const string Section = "Octomil:Uploads";

    /// <summary>The longest that nothing of a body may come.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LongestSilence { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A sender that is slower over <see cref="RateWindow"/> is given up. SDKs reckon with twice as much.</summary>
    [Range(1, 1e9)]
    public double SlowestBytesPerSecond { get; set; } = 16 * 1024;

    /// <summary>Over how long that rate is measured; a body that is there within it is never too slow.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class UploadOptionsValidator : IValidateOptions<UploadOptions>;
