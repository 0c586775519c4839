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

    /// <summary>Bodies of <c>POST /training/weights</c> that are in memory at the same time; a larger one is refused.</summary>
    [Range(1024 * 1024, 1L << 40)]
    public long PostedBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>How long such a body waits for that memory.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PostedBytesWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long its answer waits for the round to close; its clients wait 20 s for an answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PostedWait { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long it waits for a round that selects the device, while a run is in progress: the next one may be about to open.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PostedSelectionWait { get; set; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class UploadOptionsValidator : IValidateOptions<UploadOptions>;
