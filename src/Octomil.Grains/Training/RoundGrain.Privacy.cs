using System.Collections.Immutable;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>
/// What a private round's end does to the ledgers, in the order of which none may be changed: sealed (the noisy result is saved and nobody
/// sees it), charging (from here on the charges stand), charged, visible. A crash between any two goes on from what is saved, and every
/// call may be repeated: an organization is charged if and only if something that holds its data can become visible.
/// </summary>
internal sealed partial class RoundGrain
{
    private bool IsPrivate => plan.State.Plan?.Privacy is not null;

    private async Task SettleAsync()
    {
        if (!IsPrivate || store.State.Settlement is RoundSettlement.Settled)
        {
            return;
        }

        switch (store.State.Phase)
        {
            case RoundPhase.Sealed:
                await ChargeAsync();
                break;

            case RoundPhase.Abandoned:
                await CloseDevicesAsync(charged: []);
                await RefundAsync(Plan.Privacy!.Reserved);
                await SaveAsync(store.State.Settle());
                break;
        }
    }

    private async Task ChargeAsync()
    {
        var charged = store.State.Outcome!.Tally!.Organizations.Where(part => part.Updates > 0).Select(part => part.OrganizationId).ToImmutableArray();
        await SaveAsync(store.State.BeginCharging());

        await CloseDevicesAsync(charged);

        foreach (var organizationId in charged)
        {
            if (await grains.GetOrganizationPrivacy(organizationId).CommitAsync(Id) is not PrivacySettlement.Done)
            {
                // Nothing that was not paid for may be seen; it stays sealed and its run does not hear of it.
                throw new InvalidOperationException($"Round {Id} holds no reservation in the ledger of {organizationId}, so its result is not published.");
            }
        }

        // Devices were selected, and none of their updates counts.
        await RefundAsync(Plan.Privacy!.Reserved.RemoveRange(charged));
        await SaveAsync(store.State.Settle());
    }

    // Devices with ledgers of their own: charged are those whose updates are in the sums, of the charged organizations.
    private async Task CloseDevicesAsync(ImmutableArray<string> charged)
    {
        foreach (var key in Plan.Privacy!.PerDevice)
        {
            var organization = Plan.Organizations.IndexOf(key.OrganizationId);
            var parts = Enumerable.Range(0, Plan.Devices.Length)
                .Where(device => Plan.OrganizationOfDevice[device] == organization)
                .GroupBy(device => DeviceLedgerParts.Of(Plan.Devices[device]));
            await Task.WhenAll(parts.Select(part => grains.GetDeviceLedger(key, part.Key).CloseAsync(
                Id, charged.Contains(key.OrganizationId) ? [.. part.Where(store.State.IsCounted).Select(device => Plan.Devices[device])] : [])));
        }
    }

    private async Task RefundAsync(ImmutableArray<string> organizationIds)
    {
        foreach (var organizationId in organizationIds)
        {
            await grains.GetOrganizationPrivacy(organizationId).RefundAsync(Id);
        }
    }
}
