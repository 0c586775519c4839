namespace Octomil;

/// <summary>What an API key may do.</summary>
public static class Scopes
{
    public const string DevicesRead = "devices:read";
    public const string DevicesWrite = "devices:write";
    public const string ModelsRead = "models:read";
    public const string ModelsWrite = "models:write";
    public const string TrainingRead = "training:read";
    public const string TrainingWrite = "training:write";
    public const string RolloutsRead = "rollouts:read";
    public const string RolloutsWrite = "rollouts:write";
    public const string ExperimentsRead = "experiments:read";
    public const string ExperimentsWrite = "experiments:write";
    public const string FederationsAdmin = "federations:admin";
    public const string AdminRead = "admin:read";
    public const string AdminWrite = "admin:write";

    /// <summary>Whoever runs the service: may create organizations. Only the first key of a service has it.</summary>
    public const string Operator = "operator";

    /// <summary>May read <c>/metrics</c>, which are of the whole service. Only an operator gives it.</summary>
    public const string MetricsRead = "metrics:read";

    /// <summary>Every scope an organization's own administrator has.</summary>
    public static IReadOnlyList<string> OfAnAdministrator { get; } =
    [
        DevicesRead, DevicesWrite, ModelsRead, ModelsWrite, TrainingRead, TrainingWrite, RolloutsRead, RolloutsWrite,
        ExperimentsRead, ExperimentsWrite, FederationsAdmin, AdminRead, AdminWrite,
    ];
}
