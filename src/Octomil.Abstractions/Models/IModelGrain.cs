using Orleans.Concurrency;

namespace Octomil.Models;

/// <summary>
/// A model and its versions (key: <c>mdl_...</c>). Every call names the calling organization: the owner may do all, an active
/// member of a federation with which the model is shared may read; anyone else gets the answer of a model that does not exist.
/// </summary>
[Alias("octomil.model")]
public partial interface IModelGrain : IGrainWithStringKey
{
    /// <summary>Creates the model; again by the same owner is the same. False: the id is taken.</summary>
    [Alias("create")]
    Task<bool> CreateAsync(string ownerId, ModelDescription description);

    [Alias("get"), AlwaysInterleave]
    Task<ModelSnapshot?> GetAsync(string callerId);

    /// <summary>Adds an immutable version. The same version with the same weights again is the same.</summary>
    [Alias("add-version")]
    Task<AddVersionResult> AddVersionAsync(string callerId, ModelVersion version);

    /// <summary>Publishes what a run made as the next major version; idempotent by the run's id; returns the version's name.</summary>
    [Alias("publish-run")]
    Task<string?> PublishRunAsync(string callerId, ModelVersion version);

    /// <summary>
    /// Makes the run the one that trains the model. Returns the run that holds the place: the given one, or another that is not over.
    /// Null: no such model for the caller, who must be the owner. The version that it starts from is not deleted before it is over.
    /// </summary>
    [Alias("begin-run")]
    Task<string?> BeginRunAsync(string callerId, string runId, string baseVersion);

    /// <summary>The run is over. Its id stays as the last one.</summary>
    [Alias("end-run")]
    Task EndRunAsync(string runId);

    /// <summary>Remembers that a federation sees the model. Called by the federation; false where the owner is another.</summary>
    [Alias("share-with")]
    Task<bool> ShareWithAsync(string ownerId, string federationId);

    /// <summary>
    /// Forgets that a federation sees the model. Called by the federation; false while a run trains the model: its devices would lose
    /// what they train.
    /// </summary>
    [Alias("unshare-with")]
    Task<bool> UnshareWithAsync(string ownerId, string federationId);

    /// <summary>The run that trains the model, as the row has it at this moment; null where there is none.</summary>
    [Alias("active-run")]
    Task<string?> GetActiveRunAsync();
}

/// <summary>Outcomes of adding a version.</summary>
public enum AddVersionResult
{
    None = 0,
    Added = 1,
    NotFound = 2,

    /// <summary>The version exists with other weights.</summary>
    Exists = 3,

    /// <summary>The weights do not have the tensors of the model's other versions.</summary>
    OtherLayout = 4,

    /// <summary>There was such a version, and it was deleted: its name is never used again.</summary>
    Deleted = 5,
}
