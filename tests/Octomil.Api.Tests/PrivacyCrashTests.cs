using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>
/// A private run with a crash at every save of the run, the round and the ledgers, once before it is done and once after: an organization is
/// charged if and only if a result that holds its data is visible, and where devices have ledgers of their own each device is.
/// </summary>
public sealed class PrivacyCrashTests(PrivacyCrashTests.Server server) : IClassFixture<PrivacyCrashTests.Server>
{
    public sealed class Server() : RunningServer(("Octomil:Rounds:LookForDevices", "00:00:00.050"))
    {
        internal FailingWrites Writes { get; } = new("run", "round", "round-plan", "policy", "device-ledger");

        private protected override void Change(IServiceCollection services) => FailingStorage.Register(services, Writes);
    }

    [Theory]
    [InlineData("organization")]
    [InlineData("device")]
    public async Task Crash_AtEverySave_ChargesIfAndOnlyIfVisible(string granularity)
    {
        var federation = $"crash-{granularity}";
        var scene = await TrainingScene.CreateAsync(server, $"{federation}-owner", devices: 2);
        var member = await server.OrganizationAsync($"{federation}-member");
        await scene.Owner.FederateAsync(federation, member);
        var devices = await member.WithScopesAsync(Scopes.DevicesWrite);
        var theirs = await TrainingScene.RegisterAsync(devices, 1);
        ApiCaller[] organizations = [scene.Owner, member];
        foreach (var organization in organizations)
        {
            await organization.SetBudgetAsync(1000, granularity: granularity);
        }

        // One device of each sends; the owner's other one is selected, and what is held for it must come back.
        var cast = new Cast(server, federation, granularity == "device", organizations, [(scene.Devices, scene.DeviceIds[0]), (devices, theirs[0])]);
        await new Run(cast, $"{federation}-0").DriveAsync(place: 0, FailureMoment.Before, stop: false);
        var places = server.Writes.Writes;
        Assert.InRange(places, 12, 60);

        for (var place = 1; place <= places; place++)
        {
            foreach (var (moment, stop) in new[] { (FailureMoment.Before, false), (FailureMoment.After, false), (FailureMoment.After, true) })
            {
                await new Run(cast, $"{federation}-{place}-{(int)moment}-{(stop ? 1 : 0)}").DriveAsync(place, moment, stop);
            }
        }
    }

    // The first organization owns the models; one sending device of each.
    private sealed record Cast(
        Server Server, string Federation, bool ByDevice, ApiCaller[] Organizations, (ApiCaller Caller, string Id)[] Senders);

    private sealed class Run(Cast cast, string model)
    {
        private readonly Dictionary<ApiCaller, long> _before = [];

        private ApiCaller Owner => cast.Organizations[0];

        public async Task DriveAsync(int place, FailureMoment moment, bool stop)
        {
            await Owner.PushAsync(model, await TestWeights.FileAsync(1));
            (await Owner.PostAsync($"/federations/{cast.Federation}/models", new { model_id = model })).Ok();
            foreach (var organization in cast.Organizations)
            {
                _before[organization] = (await organization.PrivacyAsync()).Number("rounds_consumed");
            }

            cast.Server.Writes.Arm(place, moment);
            var run = await StartAsync();
            var status = await Patience.ForAsync<object>($"the end of {model}, where the write of {cast.Server.Writes.Failed} failed", async () =>
            {
                await StepAsync(run, stop);
                return await StatusAsync() is { } now && now.Text("status") is "COMPLETED" or "STOPPED" ? (object)now : null;
            });
            await Patience.UntilAsync($"the ledgers of {model} to hold nothing", () => HoldNothingAsync(run));
            await AssertChargedIffVisibleAsync(run, (JsonElement)status);
        }

        // The answer may be lost; the same order again is the same run.
        private async Task<string> StartAsync() => await Patience.ForAsync("the run to start", async () =>
        {
            var answer = await Owner.PostAsync("/training/sessions", new
            {
                model_id = model, federation = cast.Federation, strategy = "fedavg", rounds = 1, min_devices = 3, min_updates = 2, target_updates = 2,
                over_selection = 1.5, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = 1,
            });
            return answer.Status is HttpStatusCode.OK ? answer.Ok().Text("session_id") : null;
        });

        private async Task StepAsync(string run, bool stop)
        {
            // What a silo's start does for every open run.
            await cast.Server.Services.GetRequiredService<IGrainFactory>().GetTrainingRun(run).WakeAsync();

            if (stop && cast.Server.Writes.Failed is not null)
            {
                await Owner.PostAsync($"/training/{model}/stop", new { });
            }

            foreach (var (caller, device) in cast.Senders)
            {
                var offers = await caller.GetAsync($"/training/rounds?device_id={device}&status=active");
                foreach (var offer in offers.Status is HttpStatusCode.OK ? offers.Ok().List("rounds") : [])
                {
                    await caller.SendAsync(
                        HttpMethod.Put, $"/training/rounds/{offer.Text("round_id")}/updates/{device}", ModelCalls.Bytes(await TestWeights.UpdateAsync(0.1f)));
                }
            }

            // Whenever a result can be seen it has been paid for.
            var seen = (await StatusAsync())?.List("history").Count() ?? 0;
            foreach (var organization in cast.Organizations)
            {
                Assert.True(await ChargedAsync(organization) >= seen, $"{model}: {seen} rounds are visible, after {cast.Server.Writes.Failed}.");
            }
        }

        private async Task AssertChargedIffVisibleAsync(string run, JsonElement status)
        {
            var visible = status.List("history").Select(round => round.Text("round_id")).ToList();
            foreach (var organization in cast.Organizations)
            {
                var charged = (await organization.LedgerAsync()).Where(entry => entry.Text("session_id") == run && entry.Text("status") == "charged");
                Assert.Equal(visible, charged.Select(entry => entry.Text("round_id")));

                if (cast.ByDevice)
                {
                    // The device that sends is in all of them, and no other in any.
                    var privacy = await organization.PrivacyAsync();
                    var releases = privacy.Number("rounds_consumed");
                    Assert.Equal(releases > 0 ? 1 : 0, privacy.Number("devices"));
                    Assert.Equal(releases, privacy.Number("most_participations"));
                    Assert.Equal(releases, privacy.GetProperty("mu_squared_spent").GetDouble(), 1e-9);
                }
            }
        }

        private async Task<bool> HoldNothingAsync(string run)
        {
            await cast.Server.Services.GetRequiredService<IGrainFactory>().GetTrainingRun(run).WakeAsync();
            foreach (var organization in cast.Organizations)
            {
                var privacy = await organization.PrivacyAsync();
                if (privacy.Number("open_reservations") != 0 || privacy.GetProperty("mu_squared_reserved").GetDouble() != 0)
                {
                    return false;
                }
            }

            return true;
        }

        private async Task<long> ChargedAsync(ApiCaller organization) => (await organization.PrivacyAsync()).Number("rounds_consumed") - _before[organization];

        private async Task<JsonElement?> StatusAsync()
        {
            var answer = await Owner.GetAsync($"/training/{model}/status");
            return answer.Status is HttpStatusCode.OK ? answer.Ok() : null;
        }
    }
}
