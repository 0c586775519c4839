using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Experiments;

/// <summary>
/// A comparison of two versions of one model on one organization's own devices (key: <c>exp_...</c>, see <see cref="GrainKeys.ExperimentId"/>).
/// Every call names the calling organization; to another there is no such experiment. The same command again is the same. At most one
/// experiment over a model runs in an organization: what two of them did to a device could not be told apart.
/// </summary>
[Alias("octomil.experiment")]
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>Makes it as a draft. The same order again is the same, whatever became of it.</summary>
    [Alias("create")]
    Task<ExperimentAnswer> CreateAsync(string callerId, ExperimentOrder order);

    [Alias("get")]
    Task<ExperimentSnapshot?> GetAsync(string callerId);

    [Alias("change")]
    Task<ExperimentAnswer> ChangeAsync(string callerId, ExperimentCommand command, string? reason);

    /// <summary>
    /// Ends it and deploys a variant's version to all devices that it was about. Without a name: the treatment, if it is significantly better.
    /// </summary>
    [Alias("promote")]
    Task<ExperimentAnswer> PromoteAsync(string callerId, string? variant);

    [Alias("analyze")]
    Task<ExperimentAnalytics?> AnalyzeAsync(string callerId);
}

/// <summary>Which experiments an organization has made (key: <c>org_...</c>).</summary>
[Alias("octomil.experiment-list")]
public interface IExperimentListGrain : IGrainWithStringKey
{
    /// <summary>False: there are as many as there may be.</summary>
    [Alias("add")]
    Task<bool> AddAsync(ListedExperiment experiment);

    /// <summary>Oldest first. One whose making was not finished may be among them.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<ImmutableArray<ListedExperiment>> GetAsync();
}

/// <summary>An entry of the list.</summary>
[GenerateSerializer, Immutable, Alias("octomil.listed-experiment")]
public sealed record ListedExperiment
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string ModelId { get; init; }
}
