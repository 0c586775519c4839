using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Experiments;

/// <summary>Finds the experiment that a caller names, by id or name, and answers from it; another organization's is one that does not exist.</summary>
internal sealed partial class ExperimentCalls(ModelNames models, IGrainFactory grains)
{
    public IExperimentGrain Find(Caller caller, string idOrName) =>
        grains.GetExperiment(IdPattern().IsMatch(idOrName) ? idOrName : GrainKeys.ExperimentId(caller.OrganizationId, idOrName));

    public async Task<Results<Ok<ExperimentResponse>, Refusal>> AnswerAsync(Caller caller, string experiment, Func<IExperimentGrain, Task<ExperimentAnswer>> call)
    {
        var answer = await call(Find(caller, experiment));
        return answer.Result is ExperimentResult.Done ? TypedResults.Ok(ExperimentViews.Of(answer.Experiment!)) : ExperimentRefusals.Of(answer, experiment);
    }

    /// <summary>The organization's experiments, newest first; of one model, if it is named.</summary>
    public async Task<Found<List<ExperimentSnapshot>>> ListAsync(Caller caller, string? model)
    {
        ModelSnapshot? only = null;
        if (model is not null && !(await models.FindAsync(caller, model)).Is(out only, out var refusal))
        {
            return new Found<List<ExperimentSnapshot>>(refusal);
        }

        var listed = (await grains.GetExperimentList(caller.OrganizationId).GetAsync()).Reverse().Where(one => only is null || one.ModelId == only.Id);
        return new Found<List<ExperimentSnapshot>>(await FanOut.ReadAsync(listed, one => grains.GetExperiment(one.Id).GetAsync(caller.OrganizationId)));
    }

    [GeneratedRegex("^exp_[0-9a-f]{16}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
