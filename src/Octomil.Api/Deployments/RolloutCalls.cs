using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Deployments;

/// <summary>Finds the model that a caller names and answers from the caller's own deployment of it.</summary>
internal sealed class RolloutCalls(ModelNames names, RolloutViews views, IGrainFactory grains)
{
    public async Task<Results<Ok<RolloutResponse>, Refusal>> AnswerAsync(
        Caller caller, string model, Func<IDeploymentGrain, Task<RolloutAnswer>> call, CancellationToken cancellationToken, string? version = null, string? group = null)
    {
        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var answer = await call(grains.GetDeployment(caller.OrganizationId, found.Id));
        return answer.Result is RolloutResult.Done
            ? TypedResults.Ok(await views.OfAsync(caller, found, answer.Rollout!, cancellationToken))
            : RolloutRefusals.Of(answer, model, version, group);
    }

    public async Task<Results<Ok<IReadOnlyList<RolloutResponse>>, Refusal>> ListAsync(
        Caller caller, string model, Func<Rollout, bool> wanted, CancellationToken cancellationToken)
    {
        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var deployment = await grains.GetDeployment(caller.OrganizationId, found.Id).GetAsync();
        return TypedResults.Ok(await views.OfAsync(caller, found, [.. deployment.Rollouts.Where(wanted)], cancellationToken));
    }
}
