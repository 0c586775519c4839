using Octomil.Organizations;
using Octomil.Storage;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>Finds the file that a caller means by a model, a version or an alias, and a format.</summary>
internal sealed class Downloads(ModelNames models, RunAliases aliases, WeightsFormats formats)
{
    /// <exception cref="PayloadMissingException">They are weights of a run, which has just gone on to its next.</exception>
    public async Task<Found<DownloadTicket>> FindAsync(Caller caller, string model, string version, string? wanted)
    {
        if (!ModelFormats.Parse(wanted).Is(out var format, out var refusal) || !(await models.FindAsync(caller, model)).Is(out var found, out refusal))
        {
            return new Found<DownloadTicket>(refusal);
        }

        var own = found.Find(version);
        var trained = own is null ? await aliases.FindAsync(caller, version) : null;
        if (own is null && trained is null)
        {
            return new Found<DownloadTicket>(Refusal.NotFound($"version of {found.Description.Name}", version));
        }

        var file = own is not null ? await formats.OfVersionAsync(caller, found, own, format) : await formats.OfRunAsync(trained!, format);
        return file.Is(out var weights, out refusal)
            ? new Found<DownloadTicket>(Ticket(weights, ModelFormats.FileName(found.Description.Name, own?.Version ?? version, format)))
            : new Found<DownloadTicket>(refusal);
    }

    private static DownloadTicket Ticket(WeightsRef weights, string fileName) => new(weights.Sha256, weights.Bytes, fileName, weights.RunId);
}
