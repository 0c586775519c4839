using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Federations;

namespace Octomil.Organizations;

/// <summary>What private runs have cost the caller's organization, and nobody else's.</summary>
internal static class PrivacyEndpoints
{
    public static void MapPrivacy(this IEndpointRouteBuilder api)
    {
        var privacy = api.MapGroup("/privacy").WithTags("Privacy");
        privacy.MapGet("", GetAsync).RequireScope(Scopes.AdminRead, Scopes.TrainingRead)
            .WithSummary("What private runs have cost the organization, by two accountants, and what is left of its budget.");
        privacy.MapGet("/ledger", GetLedgerAsync).RequireScope(Scopes.AdminRead, Scopes.TrainingRead)
            .WithSummary("The ledger: every attempt at a private round that held the organization's data, the newest first.");
        privacy.MapPost("/epochs", BeginEpochAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Begins a new budget, which is honest only for new data; the old one and the reason go on record.");
        api.MapGroup("/federations").WithTags("Privacy").MapGet("/{federation}/privacy", GetOfFederationAsync)
            .RequireScope(Scopes.FederationsAdmin, Scopes.TrainingRead, Scopes.AdminRead)
            .WithSummary("The privacy of the caller's own organization. Its ledger is one for all federations.");
    }

    private static async Task<Results<Ok<PrivacyResponse>, Refusal>> GetAsync(Caller caller, IGrainFactory grains) =>
        await grains.GetOrganizationPrivacy(caller.OrganizationId).GetPrivacyAsync() is { } privacy
            ? TypedResults.Ok(Response(caller, privacy))
            : Refusal.NotFound("organization", caller.OrganizationId);

    private static async Task<Results<Ok<PrivacyLedgerResponse>, Refusal>> GetLedgerAsync(
        Caller caller, IGrainFactory grains, int limit = 100, int offset = 0)
    {
        if (new FieldChecks().Page(limit, offset).Refusal is { } invalid)
        {
            return invalid;
        }

        var page = await grains.GetOrganizationPrivacy(caller.OrganizationId).GetLedgerAsync(limit, offset);
        return TypedResults.Ok(new PrivacyLedgerResponse { Entries = [.. page.Lines.Select(Entry)], Total = page.Total });
    }

    private static async Task<Results<Ok<PrivacyResponse>, Refusal>> BeginEpochAsync(
        NewPrivacyEpochRequest request, Caller caller, IGrainFactory grains, IDeviceRegistry devices, CancellationToken cancellationToken)
    {
        var checks = await SettingsEndpoints.ChecksAsync(
            request.PrivacyBudget, request.Delta ?? OrganizationSettings.UsualDelta, request.PrivacyGranularity, request.MaxParticipations, caller, devices, cancellationToken);
        var invalid = checks.Text("reason", request.Reason)
            .Require(!string.IsNullOrWhiteSpace(request.Reason), "reason", "must say why the data are not those that the old budget protects").Refusal;
        if (invalid is not null)
        {
            return invalid;
        }

        var organization = grains.GetOrganizationPrivacy(caller.OrganizationId);
        var result = await organization.BeginEpochAsync(new NewPrivacyEpoch
        {
            PrivacyBudget = request.PrivacyBudget,
            Delta = request.Delta ?? OrganizationSettings.UsualDelta,
            MaxParticipations = request.MaxParticipations,
            Granularity = SettingsEndpoints.GranularityOf(request.PrivacyGranularity ?? PrivacyGranularities.Organization),
            By = caller.Actor.Id,
            Reason = request.Reason,
        });
        return SettingsEndpoints.Refused(result, caller) is { } refused
            ? refused
            : TypedResults.Ok(Response(caller, (await organization.GetPrivacyAsync())!));
    }

    private static async Task<Results<Ok<FederationPrivacyResponse>, Refusal>> GetOfFederationAsync(
        string federation, Caller caller, FederationNames names, IGrainFactory grains)
    {
        if (!(await names.FindAsync(caller, federation)).Is(out _, out var refusal))
        {
            return refusal;
        }

        return await grains.GetOrganizationPrivacy(caller.OrganizationId).GetPrivacyAsync() is { } privacy
            ? TypedResults.Ok(new FederationPrivacyResponse
            {
                Epsilon = privacy.Epsilon,
                Delta = privacy.Settings.Delta,
                RoundsConsumed = privacy.Releases,
                BudgetRemaining = privacy.Settings.PrivacyBudget is null ? null : RemainingOf(privacy),
                PrivacyBudget = privacy.Settings.PrivacyBudget,
            })
            : Refusal.NotFound("organization", caller.OrganizationId);
    }

    private static double RemainingOf(PrivacySnapshot privacy) => Math.Max(0, (privacy.Settings.PrivacyBudget ?? 0) - privacy.EpsilonWithReserved);

    private static PrivacyResponse Response(Caller caller, PrivacySnapshot privacy)
    {
        var perDevice = privacy.Settings.Granularity is PrivacyGranularity.Device;
        return new PrivacyResponse
        {
            OrgId = caller.OrganizationId,
            PrivacyBudget = privacy.Settings.PrivacyBudget,
            Delta = privacy.Settings.Delta,
            PrivacyGranularity = SettingsEndpoints.NameOf(privacy.Settings.Granularity),
            MaxParticipations = privacy.Settings.MaxParticipations,
            Epsilon = privacy.Epsilon,
            EpsilonWithReserved = privacy.EpsilonWithReserved,
            EpsilonRdp = privacy.RenyiEpsilon,
            BudgetRemaining = RemainingOf(privacy),
            MuSquaredBudget = privacy.Budget,
            MuSquaredSpent = privacy.Spent,
            MuSquaredReserved = privacy.Reserved,
            RoundsConsumed = privacy.Releases,
            OpenReservations = privacy.OpenReservations,
            Epoch = privacy.Epoch,
            Devices = perDevice ? privacy.Devices : null,
            MostParticipations = perDevice ? privacy.MostParticipations : null,
            PastEpochs = [.. privacy.PastEpochs.Select(Past)],
        };
    }

    private static PrivacyEpochResponse Past(PastPrivacyEpoch epoch) => new()
    {
        Epsilon = epoch.Epsilon,
        PrivacyBudget = epoch.PrivacyBudget,
        Delta = epoch.Delta,
        Rounds = epoch.Releases,
        EndedAt = epoch.EndedAt,
        EndedBy = epoch.EndedBy,
        Reason = epoch.Reason,
    };

    private static PrivacyLedgerEntry Entry(PrivacyLine line) => new()
    {
        RoundId = line.Release.Attempt,
        SessionId = line.Release.RunId,
        RoundNumber = line.Release.RoundNumber,
        Model = line.Release.ModelName,
        Status = line.Kind switch
        {
            PrivacyEntryKind.Reserved => "reserved",
            PrivacyEntryKind.Charged => "charged",
            PrivacyEntryKind.Refunded => "refunded",
            _ => throw new InvalidOperationException($"No wire name for {line.Kind}."),
        },
        MuSquared = line.Release.Cost,
        EpsilonAfter = line.EpsilonAfter,
        Epoch = line.Epoch,
        At = line.At,
    };
}
