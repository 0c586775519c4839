using Microsoft.AspNetCore.Http;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Finds the run that a caller means when it names a model: the one that trains it, else the last it may see.</summary>
internal sealed class RunNames(IGrainFactory grains, ModelNames models)
{
    public async Task<Found<RunStatus>> FindAsync(Caller caller, string model)
    {
        if (!(await models.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return new Found<RunStatus>(refusal);
        }

        // A member of a federation sees that federation's runs only, so the last run may be another's.
        foreach (var runId in Newest(found))
        {
            if (await grains.GetTrainingRun(runId).GetStatusAsync(caller.OrganizationId) is { } run)
            {
                return new Found<RunStatus>(run);
            }
        }

        return new Found<RunStatus>(new Refusal(
            StatusCodes.Status404NotFound, ErrorCodes.NoRun, $"No run has trained '{found.Description.Name}' yet. Start one with POST {OctomilApi.Prefix}/training/sessions."));
    }

    /// <summary>The runs over a model, the newest (or the one in progress) first.</summary>
    public static IEnumerable<string> Newest(ModelSnapshot model) =>
        (model.ActiveRun is { } active ? model.Runs.Reverse().Prepend(active) : model.Runs.Reverse()).Distinct(StringComparer.Ordinal);
}
