using Microsoft.AspNetCore.Http;

namespace Octomil.Models;

/// <summary>File formats of a version.</summary>
internal static class ModelFormats
{
    public const string Safetensors = "safetensors";

    /// <summary>Null where the format is served.</summary>
    public static Refusal? Check(string? format) => format is null or "" or Safetensors
        ? null
        : new Refusal(StatusCodes.Status400BadRequest, ErrorCodes.UnsupportedFormat, $"The format '{Refusal.Shown(format)}' is not available. Ask for {Safetensors}.");
}
