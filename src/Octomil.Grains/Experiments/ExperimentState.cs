using System.Collections.Immutable;
using Octomil.Deployments;

namespace Octomil.Experiments;

/// <summary>
/// An experiment's row: what it was made with and what became of it. Which devices it holds at this moment the deployment decides, for there is one
/// over a model and an organization; what that says is settled here.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-state")]
internal sealed record ExperimentState
{
    [Id(0)] public string OrganizationId { get; init; } = "";
    [Id(1)] public ExperimentOrder? Order { get; init; }
    [Id(2)] public string ModelName { get; init; } = "";
    [Id(3)] public DeployedVersion? ControlVersion { get; init; }
    [Id(4)] public DeployedVersion? TreatmentVersion { get; init; }
    [Id(5)] public ExperimentStatus Status { get; init; }
    [Id(6)] public DateTimeOffset CreatedAt { get; init; }
    [Id(7)] public DateTimeOffset? StartedAt { get; init; }
    [Id(8)] public DateTimeOffset? EndedAt { get; init; }
    [Id(9)] public string? Reason { get; init; }
    [Id(10)] public string? Promoted { get; init; }

    /// <summary>By variant what its devices had measured when the table forgot them; null: the table has it.</summary>
    [Id(11)] public ImmutableArray<VariantObservations>? Heard { get; init; }

    public bool Exists => Order is not null;

    public bool IsOver => Status is ExperimentStatus.Completed or ExperimentStatus.Cancelled;

    /// <summary>The same order again is the same.</summary>
    public ExperimentState Create(string organizationId, ExperimentOrder order, (string ModelName, DeployedVersion Control, DeployedVersion Treatment) model, DateTimeOffset now) =>
        Exists ? this : new ExperimentState
        {
            OrganizationId = organizationId,
            Order = order,
            ModelName = model.ModelName,
            ControlVersion = model.Control,
            TreatmentVersion = model.Treatment,
            Status = ExperimentStatus.Draft,
            CreatedAt = now,
        };

    public (ExperimentState Next, ExperimentResult Result) Change(ExperimentCommand command, string? reason, DateTimeOffset now) => command switch
    {
        ExperimentCommand.Start when Status is ExperimentStatus.Draft => Done(this with { Status = ExperimentStatus.Running, StartedAt = now, Reason = reason ?? Reason }),
        ExperimentCommand.Start when Status is ExperimentStatus.Running => Done(this),
        ExperimentCommand.Pause => Move(ExperimentStatus.Running, ExperimentStatus.Paused, reason),
        ExperimentCommand.Resume => Move(ExperimentStatus.Paused, ExperimentStatus.Running, reason),
        ExperimentCommand.Complete when Status is ExperimentStatus.Running or ExperimentStatus.Paused => Done(Ended(ExperimentStatus.Completed, reason, now)),
        ExperimentCommand.Complete when Status is ExperimentStatus.Completed => Done(this),
        ExperimentCommand.Cancel when !IsOver => Done(Ended(ExperimentStatus.Cancelled, reason, now)),
        ExperimentCommand.Cancel when Status is ExperimentStatus.Cancelled => Done(this),
        _ => (this, IsOver ? ExperimentResult.Over : ExperimentResult.WrongStatus),
    };

    /// <summary>Ends it with a variant. Afterwards the same is the same; one that was completed may be promoted later.</summary>
    public (ExperimentState Next, ExperimentResult Result) Promote(string variant, DateTimeOffset now) => Status switch
    {
        _ when VersionOf(variant) is null => (this, ExperimentResult.VariantNotFound),
        ExperimentStatus.Draft => (this, ExperimentResult.WrongStatus),
        ExperimentStatus.Cancelled => (this, ExperimentResult.Over),
        ExperimentStatus.Completed when Promoted is not null => (this, Promoted == variant ? ExperimentResult.Done : ExperimentResult.Over),
        ExperimentStatus.Completed => Done(this with { Promoted = variant }),
        _ => Done(Ended(ExperimentStatus.Completed, null, now) with { Promoted = variant }),
    };

    /// <summary>Takes over what the deployment says: it may have ended the experiment, or a command that was cut short began or ended it.</summary>
    public ExperimentState Settle(string id, DeploymentSnapshot deployment)
    {
        var holds = deployment.Experiment?.ExperimentId == id;
        var last = deployment.LastExperiment?.ExperimentId == id ? deployment.LastExperiment : null;

        if (Status is ExperimentStatus.Draft && (holds || last is not null))
        {
            return (this with { Status = ExperimentStatus.Running, StartedAt = CreatedAt }).Settle(id, deployment);
        }

        if (Status is not (ExperimentStatus.Running or ExperimentStatus.Paused) || holds)
        {
            return this;
        }

        return last?.Promoted is { } version
            ? Ended(ExperimentStatus.Completed, null, last.At) with { Promoted = VariantOf(version) }
            : Ended(ExperimentStatus.Cancelled, last?.Reason, last?.At);
    }

    public DeployedVersion? VersionOf(string variant) =>
        variant == Order!.Control.Name ? ControlVersion : variant == Order.Treatment.Name ? TreatmentVersion : null;

    public ExperimentSnapshot ToSnapshot(string id) => new()
    {
        Id = id,
        Order = Order!,
        ModelName = ModelName,
        Status = Status,
        Layer = new ExperimentLayer
        {
            ExperimentId = id,
            Name = Order!.Name,
            Control = new ExperimentArm { Name = Order.Control.Name, Version = ControlVersion!, BasisPoints = Order.Control.BasisPoints },
            Treatment = new ExperimentArm { Name = Order.Treatment.Name, Version = TreatmentVersion!, BasisPoints = Order.Treatment.BasisPoints },
            TrafficBasisPoints = Order.TrafficBasisPoints,
            Group = Order.Group,
            Frozen = Status is ExperimentStatus.Paused,
        },
        CreatedAt = CreatedAt,
        StartedAt = StartedAt,
        EndedAt = EndedAt,
        Reason = Reason,
        Promoted = Promoted,
    };

    private static (ExperimentState Next, ExperimentResult Result) Done(ExperimentState next) => (next, ExperimentResult.Done);

    private (ExperimentState Next, ExperimentResult Result) Move(ExperimentStatus from, ExperimentStatus to, string? reason) =>
        Status == to ? Done(this)
        : Status == from ? Done(this with { Status = to, Reason = reason ?? Reason })
        : (this, IsOver ? ExperimentResult.Over : ExperimentResult.WrongStatus);

    private ExperimentState Ended(ExperimentStatus status, string? reason, DateTimeOffset? at) => this with { Status = status, Reason = reason ?? Reason, EndedAt = at };

    private string VariantOf(string version) => ControlVersion!.Version == version ? Order!.Control.Name : Order!.Treatment.Name;
}
