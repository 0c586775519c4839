using Orleans.Concurrency;

namespace Octomil.Organizations;

/// <summary>
/// The part of an organization (key: <c>org_...</c>, the same activation as <see cref="IOrganizationGrain"/>) that keeps its settings and its
/// privacy ledger. Amounts are mu^2. Every command may be repeated; none depends on a clock.
/// </summary>
[Alias("octomil.organization-privacy")]
public interface IOrganizationPrivacyGrain : IGrainWithStringKey
{
    /// <summary>Null where there is no such organization.</summary>
    [Alias("settings"), AlwaysInterleave]
    Task<OrganizationSettings?> GetSettingsAsync();

    /// <summary>Takes what is not null. A budget may rise and fall; what was spent stays spent, and what is held stands.</summary>
    [Alias("change-settings")]
    Task<SettingsResult> ChangeSettingsAsync(SettingsChange change);

    /// <summary>Begins a new budget, which is honest only for new data; the old one goes on record.</summary>
    [Alias("begin-epoch")]
    Task<SettingsResult> BeginEpochAsync(NewPrivacyEpoch epoch);

    /// <summary>Null where there is no such organization.</summary>
    [Alias("privacy"), AlwaysInterleave]
    Task<PrivacySnapshot?> GetPrivacyAsync();

    /// <summary>Lines of the ledger, the newest first.</summary>
    [Alias("ledger"), AlwaysInterleave]
    Task<PrivacyLedgerPage> GetLedgerAsync(int limit, int offset);

    /// <summary>Whether <see cref="ReserveAsync"/> of this amount would be admitted now.</summary>
    /// <param name="cost">mu^2, above 0.</param>
    [Alias("can-reserve"), AlwaysInterleave]
    Task<PrivacyStanding> CanReserveAsync(double cost);

    /// <summary>Holds the amount for the attempt.</summary>
    [Alias("reserve")]
    Task<PrivacyStanding> ReserveAsync(PrivacyRelease release);

    /// <summary>Charges what is held. Once this is answered the release may become visible, and not before.</summary>
    [Alias("commit")]
    Task<PrivacySettlement> CommitAsync(string attempt);

    /// <summary>Gives back what is held for an attempt of which nothing was or can be seen; a reservation that comes later is refused.</summary>
    [Alias("refund")]
    Task<PrivacySettlement> RefundAsync(string attempt);
}
