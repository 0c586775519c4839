using Octomil.Organizations;

namespace Octomil.Models;

/// <summary>Finds the file that a caller means by a model and a version.</summary>
internal sealed class Downloads(ModelNames models, RunAliases aliases)
{
    public async Task<Found<DownloadTicket>> FindAsync(Caller caller, string model, string version, string? format)
    {
        if (ModelFormats.Check(format) is { } unsupported)
        {
            return new Found<DownloadTicket>(unsupported);
        }

        if (!(await models.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return new Found<DownloadTicket>(refusal);
        }

        // Compared as text: what follows '+' is no decoration here, it names the changing base of a run.
        var weights = found.Versions.FirstOrDefault(one => one.Version == version)?.Weights ?? await aliases.FindAsync(caller, version);
        return weights is null
            ? new Found<DownloadTicket>(Refusal.NotFound($"version of {found.Description.Name}", version))
            : new Found<DownloadTicket>(new DownloadTicket(
                weights.Sha256, weights.Bytes, $"{found.Description.Name}-{version}.{ModelFormats.Safetensors}", weights.RunId));
    }
}
