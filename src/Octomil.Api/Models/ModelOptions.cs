using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Models;

/// <summary>Section <c>Octomil:Models</c>.</summary>
public sealed class ModelOptions
{
    public const string Section = "Octomil:Models";

    /// <summary>Largest file of an uploaded version. Its tensors are in memory while they are checked.</summary>
    [Range(1024, 8L * 1024 * 1024 * 1024)]
    public long MaxUploadBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>How long a download URL works.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan DownloadUrlLifetime { get; set; } = TimeSpan.FromMinutes(10);
}

[OptionsValidator]
internal sealed partial class ModelOptionsValidator : IValidateOptions<ModelOptions>;
