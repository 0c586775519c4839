using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;

namespace Octomil.Organizations;

/// <summary>What an organization decides for itself.</summary>
internal static class SettingsEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder api)
    {
        var settings = api.MapGroup("/settings").WithTags("Organizations");
        settings.MapGet("/{org}", GetAsync).RequireScope(Scopes.AdminRead)
            .WithSummary("The organization's settings: privacy budget, roll-back. The organization is the key's.");
        settings.MapPut("/{org}", PutAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Changes settings; what is absent stays. A budget may rise and fall, what was spent stays spent.");
    }

    private static async Task<Results<Ok<SettingsResponse>, Refusal>> GetAsync(string org, Caller caller, IGrainFactory grains) =>
        IsOther(org, caller) || await grains.GetOrganizationPrivacy(caller.OrganizationId).GetSettingsAsync() is not { } settings
            ? Refusal.NotFound("organization", org)
            : TypedResults.Ok(Response(caller, settings));

    private static async Task<Results<Ok<SettingsResponse>, Refusal>> PutAsync(
        string org, SettingsRequest request, Caller caller, IGrainFactory grains, IDeviceRegistry devices, CancellationToken cancellationToken)
    {
        if (IsOther(org, caller))
        {
            return Refusal.NotFound("organization", org);
        }

        if (await CheckAsync(request, caller, devices, cancellationToken) is { } invalid)
        {
            return invalid;
        }

        var result = await grains.GetOrganizationPrivacy(caller.OrganizationId).ChangeSettingsAsync(new SettingsChange
        {
            PrivacyBudget = request.PrivacyBudget,
            Delta = request.Delta,
            Granularity = request.PrivacyGranularity is { } granularity ? GranularityOf(granularity) : null,
            MaxParticipations = request.MaxParticipations,
            AllowNonPrivateRuns = request.AllowNonPrivateRuns,
            AutoRollbackEnabled = request.AutoRollbackEnabled,
            ErrorThreshold = request.ErrorThreshold,
        });
        return Refused(result, caller) is { } refused ? refused : TypedResults.Ok(Response(caller, result.Settings!));
    }

    public static Refusal? Refused(SettingsResult result, Caller caller) => result.Decision switch
    {
        SettingsDecision.Done => null,
        SettingsDecision.NotFound => Refusal.NotFound("organization", caller.OrganizationId),
        SettingsDecision.Invalid => Refusal.Invalid(result.Reason ?? "A number is outside its range."),
        SettingsDecision.FixedInEpoch => Refusal.Conflict(
            ErrorCodes.PrivacyEpoch, "Delta and granularity are fixed for the data that the budget protects. For new data begin a new epoch: POST /privacy/epochs with a reason, or octomil privacy new-epoch."),
        SettingsDecision.ReservationsOpen => Refusal.Conflict(
            ErrorCodes.PrivacyEpoch, "Private rounds are open that hold part of the budget. Begin the new epoch when they are over."),
        _ => throw new InvalidOperationException($"No HTTP answer for {result.Decision}."),
    };

    public static PrivacyGranularity GranularityOf(string text) =>
        text == PrivacyGranularities.Device ? PrivacyGranularity.Device : PrivacyGranularity.Organization;

    public static string NameOf(PrivacyGranularity granularity) =>
        granularity is PrivacyGranularity.Device ? PrivacyGranularities.Device : PrivacyGranularities.Organization;

    /// <summary>Checks what both a change and a new epoch say of privacy.</summary>
    public static async Task<FieldChecks> ChecksAsync(
        double? budget, double? delta, string? granularity, int? participations, Caller caller, IDeviceRegistry devices, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks()
            .Require(budget is null or (>= 0 and <= 1000), "privacy_budget", "must be an epsilon from 0 to 1000; from 1 to 8 is usual")
            .Require(delta is null or (> 0 and < 1), "delta", "must be above 0 and below 1; 1e-5 is usual")
            .Require(granularity is null or PrivacyGranularities.Organization or PrivacyGranularities.Device, "privacy_granularity", "must be organization or device")
            .Range("max_participations", participations, 1, 1_000_000);

        // A delta of one in the devices would allow to publish a whole device.
        var enrolled = delta is null && budget is null ? 0 : (await devices.ListAsync(caller.OrganizationId, group: null, limit: 1, offset: 0, cancellationToken)).Total;
        var used = delta ?? OrganizationSettings.UsualDelta;
        return checks.Require(
            enrolled == 0 || used < 1.0 / enrolled, "delta", FormattableString.Invariant($"must be below one in the {enrolled} devices of the organization; at most {0.1 / Math.Max(1, enrolled):0.#e0} is usual"));
    }

    private static async Task<Refusal?> CheckAsync(SettingsRequest request, Caller caller, IDeviceRegistry devices, CancellationToken cancellationToken) =>
        (await ChecksAsync(request.PrivacyBudget, request.Delta, request.PrivacyGranularity, request.MaxParticipations, caller, devices, cancellationToken))
            .Require(request.ErrorThreshold is null or (>= 0 and <= 1), "error_threshold", "must be a share from 0 to 1, such as 0.05 for 5 %")
            .Refusal;

    // Clients write 'default' or their own id; another's id must not look as if it had been changed.
    private static bool IsOther(string org, Caller caller) => org.StartsWith("org_", StringComparison.Ordinal) && org != caller.OrganizationId;

    private static SettingsResponse Response(Caller caller, OrganizationSettings settings) => new()
    {
        OrgId = caller.OrganizationId,
        PrivacyBudget = settings.PrivacyBudget,
        Delta = settings.Delta,
        PrivacyGranularity = NameOf(settings.Granularity),
        MaxParticipations = settings.MaxParticipations,
        AllowNonPrivateRuns = settings.AllowNonPrivateRuns,
        AutoRollbackEnabled = settings.AutoRollbackEnabled,
        ErrorThreshold = settings.ErrorThreshold,
    };
}
