using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Octomil.Deployments;
using Octomil.Models;

namespace Octomil.Experiments;

/// <remarks>
/// Commands go to the deployment first and are saved here after it: one that is cut short between the two is settled by the next call, which asks
/// the deployment. The deployment never asks back. What single devices measured is kept until a while after the end, then their sums are.
/// </remarks>
internal sealed partial class ExperimentGrain(
    [PersistentState("experiment", StorageNames.Grains)] IPersistentState<ExperimentState> store,
    IGrainFactory grains, IExperimentObservations observations, TimeProvider clock, ILogger<ExperimentGrain> logger) : Grain, IExperimentGrain, IRemindable
{
    private const string ReminderName = "forget-devices";

    // No silo still has unwritten measurements of the experiment's devices then.
    private static readonly TimeSpan KeepsDevices = TimeSpan.FromHours(1);

    private string Id => this.GetPrimaryKeyString();

    private IDeploymentGrain Deployment => grains.GetDeployment(store.State.OrganizationId, store.State.Order!.ModelId);

    public async Task<ExperimentAnswer> CreateAsync(string callerId, ExperimentOrder order)
    {
        if (store.State.Exists)
        {
            await SettleAsync();
            return store.State.OrganizationId == callerId && store.State.Order == order
                ? Answer(ExperimentResult.Done)
                : new ExperimentAnswer { Result = ExperimentResult.NameTaken };
        }

        var (versions, refusal) = await FindVersionsAsync(callerId, order);

        if (refusal is not null)
        {
            return refusal;
        }

        if (order.Group is { } group && (await grains.GetOrganization(callerId).GetAsync())?.Groups.ContainsKey(group) is not true)
        {
            return new ExperimentAnswer { Result = ExperimentResult.GroupNotFound, Subject = group };
        }

        if (!await grains.GetExperimentList(callerId).AddAsync(new ListedExperiment { Id = Id, ModelId = order.ModelId }))
        {
            return new ExperimentAnswer { Result = ExperimentResult.TooMany };
        }

        await store.SaveAsync(store.State.Create(callerId, order, versions, clock.GetUtcNow()), this);
        LogChanged(logger, callerId, Id, order.ModelId, store.State.Status);
        return Answer(ExperimentResult.Done);
    }

    public async Task<ExperimentSnapshot?> GetAsync(string callerId)
    {
        if (!IsOf(callerId))
        {
            return null;
        }

        await SettleAsync();
        return store.State.ToSnapshot(Id);
    }

    public async Task<ExperimentAnswer> ChangeAsync(string callerId, ExperimentCommand command, string? reason)
    {
        if (!IsOf(callerId))
        {
            return new ExperimentAnswer { Result = ExperimentResult.NotFound };
        }

        await SettleAsync();
        var (next, result) = store.State.Change(command, reason, clock.GetUtcNow());

        if (result is not ExperimentResult.Done)
        {
            return Answer(result);
        }

        // A draft may have waited for long.
        if (command is ExperimentCommand.Start && (await FindVersionsAsync(callerId, next.Order!)).Refusal is { } refusal)
        {
            return refusal;
        }

        return await ApplyAsync(next) ?? await SaveAsync(next);
    }

    public async Task<ExperimentAnswer> PromoteAsync(string callerId, string? variant)
    {
        if (!IsOf(callerId))
        {
            return new ExperimentAnswer { Result = ExperimentResult.NotFound };
        }

        await SettleAsync();
        var chosen = variant ?? store.State.Promoted ?? await FindWinnerAsync();

        if (chosen is null)
        {
            return Answer(ExperimentResult.NoWinner);
        }

        var (next, result) = store.State.Promote(chosen, clock.GetUtcNow());

        if (result is not ExperimentResult.Done)
        {
            return Answer(result) with { Subject = chosen };
        }

        var version = next.VersionOf(chosen)!.Version;
        var deployed = await Deployment.DeployAsync(
            new DeployOrder { Version = version, BasisPoints = RolloutShare.All, Group = next.Order!.Group, EndsExperiment = Id });
        return deployed.Result is RolloutResult.Done
            ? await SaveAsync(next) with { Deployment = deployed }
            : Answer(ExperimentResult.NotDeployed) with { Subject = version, Deployment = deployed };
    }

    public async Task<ExperimentAnalytics?> AnalyzeAsync(string callerId) => await GetAsync(callerId) is { } experiment
        ? ExperimentAnalysis.Of(experiment, await HeardAsync())
        : null;

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // Not over: a crash came before the end was saved, and whoever ends it sets the reminder again.
        if (store.State.IsOver)
        {
            await store.SaveAsync(store.State with { Heard = await HeardAsync() }, this);
            await observations.DeleteAsync(Id, CancellationToken.None);
        }

        if (await this.GetReminder(ReminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private bool IsOf(string callerId) => store.State.Exists && store.State.OrganizationId == callerId;

    private ExperimentAnswer Answer(ExperimentResult result) => new() { Result = result, Experiment = store.State.ToSnapshot(Id) };

    // A draft is asked about as well: its start may have been cut short.
    private async Task SettleAsync()
    {
        if (store.State.ToSnapshot(Id).IsOpen)
        {
            await PutAsync(store.State.Settle(Id, await Deployment.GetAsync()));
        }
    }

    // Null: the deployment does as the state says.
    private async Task<ExperimentAnswer?> ApplyAsync(ExperimentState next)
    {
        if (next.Status is ExperimentStatus.Completed or ExperimentStatus.Cancelled)
        {
            await Deployment.EndExperimentAsync(Id);
            return null;
        }

        var runs = await Deployment.RunExperimentAsync(next.ModelName, next.ToSnapshot(Id).Layer);

        if (runs?.ExperimentId == Id)
        {
            return null;
        }

        await SettleAsync();
        return runs is null ? Answer(ExperimentResult.Over) : Answer(ExperimentResult.OtherRuns) with { Subject = runs.Name };
    }

    private async Task<ExperimentAnswer> SaveAsync(ExperimentState next)
    {
        await PutAsync(next);
        LogChanged(logger, next.OrganizationId, Id, next.Order!.ModelId, next.Status);
        return Answer(ExperimentResult.Done);
    }

    private async Task PutAsync(ExperimentState next)
    {
        if (next.IsOver && !store.State.IsOver)
        {
            await this.RegisterOrUpdateReminder(ReminderName, KeepsDevices, KeepsDevices);
        }

        await store.SaveIfChangedAsync(next, this);
    }

    private async Task<ImmutableArray<VariantObservations>> HeardAsync() => store.State.Heard ?? await observations.SumAsync(Id, CancellationToken.None);

    private async Task<string?> FindWinnerAsync() =>
        ExperimentAnalysis.Of(store.State.ToSnapshot(Id), await HeardAsync()).Verdict is ExperimentVerdict.TreatmentBetter
            ? store.State.Order!.Treatment.Name
            : null;

    private async Task<((string ModelName, DeployedVersion Control, DeployedVersion Treatment) Versions, ExperimentAnswer? Refusal)> FindVersionsAsync(
        string callerId, ExperimentOrder order)
    {
        if (await grains.GetModel(order.ModelId).GetAsync(callerId) is not { } model)
        {
            return (default, new ExperimentAnswer { Result = ExperimentResult.ModelNotFound });
        }

        foreach (var name in (string[])[order.Control.Version, order.Treatment.Version])
        {
            if (model.Versions.FirstOrDefault(version => version.Version == name) is not { Deprecation: null } found)
            {
                var result = model.Versions.Any(version => version.Version == name) ? ExperimentResult.VersionDeprecated : ExperimentResult.VersionNotFound;
                return (default, new ExperimentAnswer { Result = result, Subject = name });
            }
        }

        return ((model.Description.Name, Find(model, order.Control), Find(model, order.Treatment)), null);
    }

    private static DeployedVersion Find(ModelSnapshot model, ExperimentVariant variant)
    {
        var found = model.Versions.First(version => version.Version == variant.Version);
        return new DeployedVersion { Version = found.Version, Sha256 = found.Weights.Sha256, Bytes = found.Weights.Bytes };
    }

    [LoggerMessage(2500, LogLevel.Information, "{OrganizationId}: experiment {ExperimentId} over {ModelId} is {Status}.")]
    private static partial void LogChanged(ILogger logger, string organizationId, string experimentId, string modelId, ExperimentStatus status);
}
