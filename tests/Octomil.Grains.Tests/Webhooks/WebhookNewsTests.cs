using Octomil.Deployments;
using Octomil.Organizations;
using Xunit;

namespace Octomil.Webhooks;

/// <summary>What the grains have to tell, and that it is told once, whatever comes in between.</summary>
public sealed class WebhookNewsTests(WebhookScene scene) : IClassFixture<WebhookScene>
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PrivacyGranularity.Organization)]
    [InlineData(PrivacyGranularity.Device)]
    public async Task Budget_NearlySpent_IsToldOnceInAnEpoch(PrivacyGranularity granularity)
    {
        var organization = $"org_{granularity}";
        var receiver = await scene.ReceiverAsync();
        var hook = await scene.HookAsync(organization, receiver);
        var privacy = scene.Grains.GetOrganizationPrivacy(organization);
        await privacy.ChangeSettingsAsync(new SettingsChange { PrivacyBudget = 8, Delta = 1e-5, Granularity = granularity });
        var budget = (await privacy.GetPrivacyAsync())!.Budget;

        await SpendAsync(organization, "rnd_1", budget / 4);
        Assert.Equal(0, (await scene.SettledAsync(organization, hook.Webhook!.Id)).Pending);
        Assert.Empty(receiver.Messages);
        await SpendAsync(organization, "rnd_2", budget / 2);
        var told = Assert.Single(await receiver.UntilAsync(1, Cancellation));
        Assert.Equal(("privacy.budget_nearly_spent", organization, 1, 0.8), (
            told.Type, told.Data.GetProperty("organization_id").GetString(), told.Data.GetProperty("epoch").GetInt32(), told.Data.GetProperty("threshold").GetDouble()));

        // Again, more, and after a restart: told is told.
        await privacy.CommitAsync("rnd_2");
        await scene.RestartAsync();
        privacy = scene.Grains.GetOrganizationPrivacy(organization);
        await SpendAsync(organization, "rnd_3", budget / 8);
        await privacy.BeginEpochAsync(new NewPrivacyEpoch { PrivacyBudget = 8, Delta = 1e-5, Granularity = granularity, By = "key_1", Reason = "new data" });
        await SpendAsync(organization, "rnd_4", 0.9 * budget);

        Assert.Equal([1, 2], (await receiver.UntilAsync(2, Cancellation)).Select(message => message.Data.GetProperty("epoch").GetInt32()));
        await scene.SettledAsync(organization, hook.Webhook.Id);
        Assert.Equal(2, receiver.Messages.Count);
    }

    [Fact]
    public async Task Rollout_OfWhichACrashKeptWebhooksFromHearing_IsToldOnce()
    {
        var receiver = await scene.ReceiverAsync();
        var hook = await scene.HookAsync("org_crashed", receiver);
        var deployment = scene.Grains.GetDeployment("org_crashed", "mdl_1");
        var before = new DeploymentState { ModelName = "radiology" };
        var (after, _) = before.Deploy(
            new DeployOrder { Version = "2.0.0", BasisPoints = 1000 }, new DeployedVersion { Version = "2.0.0", Sha256 = "ab", Bytes = 1 }, "rol_1", Noon);

        // The change is saved, and the silo dies before it tells anybody; with it goes the memory of having told once already.
        var saved = after.WithNewsSince(before, new DeploymentKey("org_crashed", "mdl_1", "radiology"), Noon);
        await scene.Grains.GetWebhooks("org_crashed").RaiseAsync(Assert.Single(saved.Untold));
        await scene.WriteAsync("deployment", deployment.GetGrainId(), saved);
        await deployment.GetAsync();

        var told = (await receiver.UntilAsync(1, Cancellation))[0];
        Assert.Equal(("rollout.advanced", "rol_1", "2.0.0", 10.0), (
            told.Type, told.Data.GetProperty("rollout_id").GetString(), told.Data.GetProperty("version").GetString(), told.Data.GetProperty("percentage").GetDouble()));
        await scene.SettledAsync("org_crashed", hook.Webhook!.Id);
        Assert.Single(receiver.Messages);
    }

    private async Task SpendAsync(string organization, string attempt, double cost)
    {
        var privacy = scene.Grains.GetOrganizationPrivacy(organization);
        var standing = await privacy.ReserveAsync(
            new PrivacyRelease { Attempt = attempt, RunId = "run_1", RoundNumber = 1, ModelName = "m", Cost = cost });
        Assert.Equal(PrivacyAdmission.Admitted, standing.Admission);

        if (standing.DeviceEpoch > 0)
        {
            // As a round does it: the devices' ledgers first.
            var ledger = scene.Grains.GetDeviceLedger(
                new DeviceLedgerKey { OrganizationId = organization, Epoch = standing.DeviceEpoch }, DeviceLedgerParts.Of("dev_00000000000000a1"));
            Assert.Empty(await ledger.ReserveAsync(attempt, cost, ["dev_00000000000000a1"]));
            await ledger.CloseAsync(attempt, ["dev_00000000000000a1"]);
        }

        Assert.Equal(PrivacySettlement.Done, await privacy.CommitAsync(attempt));
    }
}
