using System.Collections.Immutable;
using Octomil.Learning.Privacy;
using Octomil.Webhooks;

namespace Octomil.Organizations;

/// <summary>Settings, and the ledger of what releases have cost (PrivacyLedger has the rules; here each change is saved before it is answered).</summary>
internal sealed partial class OrganizationGrain : IOrganizationPrivacyGrain
{
    // Attempts that were over before the row's own, with what became of them. Read once, on first use.
    private ImmutableSortedDictionary<string, PrivacyLine>? _archive;

    public Task<OrganizationSettings?> GetSettingsAsync() => Task.FromResult(store.State.Exists ? policy.State.Settings : null);

    public Task<SettingsResult> ChangeSettingsAsync(SettingsChange change) => ChangeAsync(state => state.Change(change));

    public async Task<SettingsResult> BeginEpochAsync(NewPrivacyEpoch epoch) => await GetPrivacyAsync() is { } before
        ? await ChangeAsync(state => state.BeginEpoch(epoch, before, clock.GetUtcNow()))
        : new SettingsResult { Decision = SettingsDecision.NotFound };

    public async Task<PrivacySnapshot?> GetPrivacyAsync()
    {
        if (!store.State.Exists)
        {
            return null;
        }

        var state = policy.State;
        return state.DeviceEpoch == 0
            ? state.ToSnapshot()
            : state.ToSnapshot(await Task.WhenAll(grains
                .GetDeviceLedgers(new DeviceLedgerKey { OrganizationId = Id, Epoch = state.DeviceEpoch }).Select(part => part.GetStandingAsync())));
    }

    public async Task<PrivacyLedgerPage> GetLedgerAsync(int limit, int offset)
    {
        var archive = await ArchiveAsync();
        var lines = policy.State.Lines().Concat(archive.Values.OrderByDescending(line => line.At));
        return new PrivacyLedgerPage { Lines = [.. lines.Skip(offset).Take(limit)], Total = policy.State.Records.Count + archive.Count };
    }

    public Task<PrivacyStanding> CanReserveAsync(double cost) => Task.FromResult(Standing(policy.State.CanReserve(cost)));

    public async Task<PrivacyStanding> ReserveAsync(PrivacyRelease release)
    {
        if ((await ArchiveAsync()).ContainsKey(release.Attempt))
        {
            return Standing(PrivacyAdmission.AttemptClosed);
        }

        var (next, admission) = policy.State.Reserve(release);
        await policy.SaveIfChangedAsync(next, this);
        return Standing(admission);
    }

    public async Task<PrivacySettlement> CommitAsync(string attempt)
    {
        var settlement = await SettleAsync(attempt, PrivacyEntryKind.Charged, state => state.Commit(attempt, clock.GetUtcNow()));
        await NoticeBudgetAsync();
        return settlement;
    }

    public Task<PrivacySettlement> RefundAsync(string attempt) =>
        SettleAsync(attempt, PrivacyEntryKind.Refunded, state => state.Refund(attempt, clock.GetUtcNow()));

    // The charge is saved. A crash before webhooks know is made up for when the round charges again, which it does until it is answered.
    private async Task NoticeBudgetAsync()
    {
        var threshold = webhooks.Value.BudgetThreshold;

        if (policy.State.IsNoticed(threshold) || await GetPrivacyAsync() is not { Settings.PrivacyBudget: { } budget } privacy || privacy.Epsilon < threshold * budget)
        {
            return;
        }

        await grains.GetWebhooks(Id).RaiseAsync(WebhookEvents.BudgetNearlySpent(Id, privacy, threshold, clock.GetUtcNow()));
        await policy.SaveAsync(policy.State.Notice(threshold), this);
    }

    private PrivacyStanding Standing(PrivacyAdmission admission) => new() { Admission = admission, DeviceEpoch = policy.State.DeviceEpoch };

    private async Task<PrivacySettlement> SettleAsync(
        string attempt, PrivacyEntryKind kind, Func<PolicyState, (PolicyState Next, PrivacySettlement Settlement)> settle)
    {
        if ((await ArchiveAsync()).TryGetValue(attempt, out var line))
        {
            return line.Kind == kind ? PrivacySettlement.Done : PrivacySettlement.Refused;
        }

        var (next, settlement) = settle(policy.State);
        await policy.SaveIfChangedAsync(next, this);
        await MoveToPageAsync();
        return settlement;
    }

    private async Task<SettingsResult> ChangeAsync(Func<PolicyState, (PolicyState Next, SettingsDecision Decision)> change)
    {
        if (!store.State.Exists)
        {
            return new SettingsResult { Decision = SettingsDecision.NotFound };
        }

        try
        {
            var (next, decision) = change(policy.State);
            await policy.SaveIfChangedAsync(next, this);

            // Runs that wait for a budget need not wait for their next look.
            foreach (var runId in store.State.ActiveRuns)
            {
                await grains.GetTrainingRun(runId).WakeAsync();
            }

            return new SettingsResult { Decision = decision, Settings = policy.State.Settings };
        }
        catch (PrivacyException exception)
        {
            return new SettingsResult { Decision = SettingsDecision.Invalid, Reason = exception.Message };
        }
    }

    // The page first: an attempt must be in one of the two, or its id could be used again.
    private async Task MoveToPageAsync()
    {
        if (policy.State.Archive() is not var (next, page))
        {
            return;
        }

        await grains.GetGrain<ILedgerPageGrain>($"{Id}/{policy.State.Pages}").WriteAsync(page);
        var archive = await ArchiveAsync();
        await policy.SaveAsync(next, this);
        _archive = archive.AddRange(page.Select(line => KeyValuePair.Create(line.Release.Attempt, line)));
    }

    private async Task<ImmutableSortedDictionary<string, PrivacyLine>> ArchiveAsync()
    {
        if (_archive is not null)
        {
            return _archive;
        }

        var pages = await Task.WhenAll(Enumerable.Range(0, policy.State.Pages).Select(page => grains.GetGrain<ILedgerPageGrain>($"{Id}/{page}").ReadAsync()));

        // Reads interleave: a command may have read them meanwhile, and written another page since.
        return _archive ??= pages.SelectMany(page => page).ToImmutableSortedDictionary(line => line.Release.Attempt, line => line, StringComparer.Ordinal);
    }
}
