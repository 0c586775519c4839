using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>
/// A private run with a crash at every save of the run, the round and the ledgers, once before it is done and once after: an organization is
/// charged if and only if a result that holds its data is visible.
/// </summary>
public sealed class PrivacyCrashTests(PrivacyCrashTests.Server server) : IClassFixture<PrivacyCrashTests.Server>
{
    public sealed class Server() : RunningServer(("Octomil:Rounds:LookForDevices", "00:00:00.050"))
    {
        internal FailingWrites Writes { get; } = new("run", "round", "round-plan", "policy");

        private protected override void Change(IServiceCollection services) => FailingStorage.Register(services, Writes);
    }

    [Fact]
    public async Task Crash_AtEverySave_ChargesIfAndOnlyIfVisible()
    {
        var scene = await TrainingScene.CreateAsync(server, "crash-owner", devices: 2);
        var member = await server.OrganizationAsync("crash-member");
        await scene.Owner.FederateAsync("crash", member);
        var devices = await member.WithScopesAsync(Scopes.DevicesWrite);
        var theirs = await TrainingScene.RegisterAsync(devices, 1);
        ApiCaller[] organizations = [scene.Owner, member];
        foreach (var organization in organizations)
        {
            await organization.SetBudgetAsync(1000);
        }

        (ApiCaller, string)[] all = [.. scene.DeviceIds.Select(id => (scene.Devices, id)), (devices, theirs[0])];
        var calm = new Run(server, scene.Owner, organizations, all, "crash-0");
        await calm.DriveAsync(place: 0, FailureMoment.Before, stop: false);
        var places = server.Writes.Writes;
        Assert.InRange(places, 12, 60);

        for (var place = 1; place <= places; place++)
        {
            foreach (var (moment, stop) in new[] { (FailureMoment.Before, false), (FailureMoment.After, false), (FailureMoment.After, true) })
            {
                var run = new Run(server, scene.Owner, organizations, all, $"crash-{place}-{(int)moment}-{(stop ? 1 : 0)}");
                await run.DriveAsync(place, moment, stop);
            }
        }
    }

    private sealed class Run(Server server, ApiCaller owner, ApiCaller[] organizations, (ApiCaller Caller, string Id)[] devices, string model)
    {
        private readonly Dictionary<ApiCaller, long> _before = [];

        public async Task DriveAsync(int place, FailureMoment moment, bool stop)
        {
            await owner.PushAsync(model, await TestWeights.FileAsync(1));
            (await owner.PostAsync("/federations/crash/models", new { model_id = model })).Ok();
            foreach (var organization in organizations)
            {
                _before[organization] = (await organization.PrivacyAsync()).Number("rounds_consumed");
            }

            server.Writes.Arm(place, moment);
            var run = await StartAsync();
            var status = await Patience.ForAsync<object>($"the end of {model}, where the write of {server.Writes.Failed} failed", async () =>
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
            var answer = await owner.PostAsync("/training/sessions", new
            {
                model_id = model, federation = "crash", strategy = "fedavg", rounds = 1, min_devices = 3, min_updates = 3, privacy = "dp-sgd", clip_norm = 1,
                noise_multiplier = 1,
            });
            return answer.Status is HttpStatusCode.OK ? answer.Ok().Text("session_id") : null;
        });

        private async Task StepAsync(string run, bool stop)
        {
            // What a silo's start does for every open run.
            await server.Services.GetRequiredService<IGrainFactory>().GetTrainingRun(run).WakeAsync();

            if (stop && server.Writes.Failed is not null)
            {
                await owner.PostAsync($"/training/{model}/stop", new { });
            }

            foreach (var (caller, device) in devices)
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
            foreach (var organization in organizations)
            {
                Assert.True(await ChargedAsync(organization) >= seen, $"{model}: {seen} rounds are visible, after {server.Writes.Failed}.");
            }
        }

        private async Task AssertChargedIffVisibleAsync(string run, JsonElement status)
        {
            var visible = status.List("history").Select(round => round.Text("round_id")).ToList();
            foreach (var organization in organizations)
            {
                var charged = (await organization.LedgerAsync()).Where(entry => entry.Text("session_id") == run && entry.Text("status") == "charged");
                Assert.Equal(visible, charged.Select(entry => entry.Text("round_id")));
            }
        }

        private async Task<bool> HoldNothingAsync(string run)
        {
            await server.Services.GetRequiredService<IGrainFactory>().GetTrainingRun(run).WakeAsync();
            foreach (var organization in organizations)
            {
                if ((await organization.PrivacyAsync()).Number("open_reservations") != 0)
                {
                    return false;
                }
            }

            return true;
        }

        private async Task<long> ChargedAsync(ApiCaller organization) => (await organization.PrivacyAsync()).Number("rounds_consumed") - _before[organization];

        private async Task<JsonElement?> StatusAsync()
        {
            var answer = await owner.GetAsync($"/training/{model}/status");
            return answer.Status is HttpStatusCode.OK ? answer.Ok() : null;
        }
    }
}
