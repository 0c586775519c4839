using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class PrivateRunTests(ApiServer server)
{
    private const double LittleNoise = 0.05;

    [Fact]
    public async Task PrivateRun_ClipsWeighsAlikeAndAddsNoise_AndShowsNothingThatDataDecide()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-clip", devices: 2);
        await scene.Owner.SetBudgetAsync(1000);
        (await scene.StartPrivateAsync(LittleNoise)).Ok();
        var round = await scene.RoundAsync(scene.DeviceIds[0], 1);
        Assert.Equal(1, round.GetProperty("clip_norm").GetDouble());

        // Clients that clip each tensor: this model has one.
        Assert.Equal(1, round.GetProperty("config").GetProperty("clip_norm").GetDouble());
        var id = round.Text("round_id");
        var greedy = new UpdateContent { SampleCount = 1_000_000_000, EvalCount = 5, EvalAccuracy = 0.9, EvalLoss = 0.1 };
        (await scene.PutUpdateAsync(id, scene.DeviceIds[0], await TestWeights.UpdateAsync(1e6f, greedy))).Ok();
        (await scene.PutUpdateAsync(id, scene.DeviceIds[1], await TestWeights.UpdateAsync(-0.1f))).Ok();
        var run = await scene.UntilAsync("COMPLETED");

        // (1/sqrt(8) - 0.1) / 2, and noise of deviation 0.05 / 2 in each of the 8 values.
        var moved = (await scene.LatestAsync()).Select(value => value - 1.0).ToList();
        Assert.All(moved, value => Assert.Equal(((1 / Math.Sqrt(TestWeights.Parameters)) - 0.1) / 2, value, 0.2));
        Assert.Equal(moved.Count, moved.Distinct().Count());
        Assert.False(run.Has("accuracy") || run.Has("loss"), run.ToString());
        Assert.False(run.List("history").Single().Has("samples"));
        Assert.Equal(2, run.List("history").Single().Number("updates"));
        var privacy = await scene.Owner.PrivacyAsync();
        Assert.Equal(1 / (LittleNoise * LittleNoise), privacy.GetProperty("mu_squared_spent").GetDouble(), 1e-9);
        Assert.Equal((1, 0), (privacy.Number("rounds_consumed"), privacy.Number("open_reservations")));
        Assert.True(privacy.GetProperty("epsilon_rdp").GetDouble() >= privacy.GetProperty("epsilon").GetDouble());
    }

    [Fact]
    public async Task PrivateRun_CountsAnUpdateThatIsNoNumber_AsZeros()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-nan", devices: 2);
        await scene.Owner.SetBudgetAsync(1000);
        (await scene.StartPrivateAsync(LittleNoise)).Ok();
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");

        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(float.NaN))).Ok();
        (await scene.PutUpdateAsync(round, scene.DeviceIds[1], await TestWeights.UpdateAsync(0.2f))).Ok();

        var run = await scene.UntilAsync("COMPLETED");
        Assert.Equal(2, run.List("history").Single().Number("updates"));
        Assert.All(await scene.LatestAsync(), value => Assert.Equal(1.1, value, 0.2));
    }

    // The clip is 1: eight equal numbers beyond it enter as 1 / sqrt(8), what is no number as zeros, and neither is told so. The noise of the mean is 0.025.
    [Theory]
    [InlineData("nan", float.NaN, 0.1)]
    [InlineData("far", 3000f, 0.277)]
    public async Task PrivateRun_TakesPostedWeightsAsItTakesUpdates(string name, float value, double expected)
    {
        var scene = await TrainingScene.CreateAsync(server, $"private-posted-{name}", devices: 2);
        await scene.Owner.SetBudgetAsync(1000);
        (await scene.StartPrivateAsync(LittleNoise)).Ok();
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        var posted = scene.Devices.PostAsync("/training/weights", new
        {
            model_id = scene.Model, device_id = scene.DeviceIds[0], sample_count = 3, round_id = round,
            weights_data = Convert.ToBase64String(await TestWeights.ArchiveAsync(value)),
        });

        (await scene.PutUpdateAsync(round, scene.DeviceIds[1], await TestWeights.UpdateAsync(0.2f))).Ok();

        (await posted).Ok();
        var run = await scene.UntilAsync("COMPLETED");
        Assert.Equal(2, run.List("history").Single().Number("updates"));
        Assert.All(await scene.LatestAsync(), weight => Assert.Equal(1 + expected, weight, 0.13));
    }

    [Fact]
    public async Task Budget_OfOneRound_PausesTheRunAndResumesItWhenItIsRaised()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-raise", devices: 2);

        // A round costs 1: epsilon 8 at 1e-5 holds 2.77.
        await scene.Owner.SetBudgetAsync(8);
        (await scene.StartPrivateAsync(noise: 1, rounds: 3)).Ok();
        await scene.SendAllAsync(1, 0.1f);
        await scene.SendAllAsync(2, 0.1f);

        var paused = await scene.UntilAsync("PAUSED");
        Assert.StartsWith("PrivacyBudget", paused.Text("reason"), StringComparison.Ordinal);
        Assert.Equal("privacy budget exhausted", paused.List("contributions").Single().Text("reason"));
        Assert.Empty((await scene.Devices.GetAsync($"/training/rounds?device_id={scene.DeviceIds[0]}&status=active")).Ok().List("rounds"));

        await scene.Owner.SetBudgetAsync(10);
        await scene.SendAllAsync(3, 0.1f);
        await scene.UntilAsync("COMPLETED");
        Assert.Equal(3, (await scene.Owner.PrivacyAsync()).GetProperty("mu_squared_spent").GetDouble(), 1e-9);
        Assert.Equal(3, (await scene.Owner.LedgerAsync()).Count(entry => entry.Text("status") == "charged"));
    }

    [Fact]
    public async Task Organization_WithoutBudget_IsLeftOutAndTheOthersGoOn()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-two", devices: 2);
        var member = await server.OrganizationAsync("Spends nothing");
        await scene.Owner.FederateAsync("private-two", member, scene.Model);
        await TrainingScene.RegisterAsync(await member.WithScopesAsync(Scopes.DevicesWrite), 2);
        await scene.Owner.SetBudgetAsync(1000);
        await member.SetBudgetAsync(0.01);
        (await scene.StartPrivateAsync(LittleNoise)).Ok();
        await scene.SendAllAsync(1, 0.1f);

        var run = await scene.UntilAsync("COMPLETED");

        var part = run.List("contributions").Single(part => part.Text("org_id") == member.OrganizationId);
        Assert.Equal((0, "privacy budget exhausted"), (part.Number("selected"), part.Text("reason")));
        Assert.Equal(0, (await member.PrivacyAsync()).Number("rounds_consumed"));
        Assert.Empty(await member.LedgerAsync());
        var own = (await scene.Owner.GetAsync("/federations/private-two/privacy")).Ok();
        Assert.Equal(1, own.Number("rounds_consumed"));
        Assert.Equal(0.01, (await member.GetAsync($"/federations/private-two/privacy")).Ok().GetProperty("budget_remaining").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Organization_SuspendedInMidRound_IsNotInTheResultAndPaysNothing()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-suspends", devices: 2);
        var member = await server.OrganizationAsync("Leaves a private round");
        await scene.Owner.FederateAsync("private-suspends", member, scene.Model);
        var ward = await member.WithScopesAsync(Scopes.DevicesWrite);
        var theirs = (await TrainingScene.RegisterAsync(ward, 1))[0];
        await scene.Owner.SetBudgetAsync(1000);
        await member.SetBudgetAsync(1000);
        (await scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = scene.Model, strategy = "fedavg", rounds = 1, min_devices = 3, min_updates = 2, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = LittleNoise,
        })).Ok();
        var round = (await TrainingScene.AssignmentAsync(ward, theirs)).Text("round_id");
        (await ward.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{theirs}", ModelCalls.Bytes(await TestWeights.UpdateAsync(0.3f)))).Ok();
        Assert.Equal("reserved", Assert.Single(await member.LedgerAsync()).Text("status"));

        (await scene.Owner.PostAsync("/federations/private-suspends/suspend", new { org_ids = new[] { member.OrganizationId } })).Ok();
        await scene.SendAllAsync(1, 0.1f);

        await scene.UntilAsync("COMPLETED");
        Assert.All(await scene.LatestAsync(), value => Assert.Equal(1.1, value, 0.15));
        Assert.Equal("refunded", Assert.Single(await member.LedgerAsync()).Text("status"));
        Assert.Equal(0, (await member.PrivacyAsync()).Number("rounds_consumed"));
        Assert.Equal(1, (await scene.Owner.PrivacyAsync()).Number("rounds_consumed"));
    }

    [Fact]
    public async Task Runs_ThatRaceForTheLastRoundOfABudget_AreOneWinner()
    {
        var scene = await TrainingScene.CreateAsync(server, "race-a", devices: 2);
        await scene.Owner.PushAsync("race-b", await TestWeights.FileAsync(1));

        // Each round costs 2 of 2.77.
        await scene.Owner.SetBudgetAsync(8);
        var noise = 1 / Math.Sqrt(2);
        await Task.WhenAll(new[] { "race-a", "race-b" }.Select(async model => (await scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = model, strategy = "fedavg", rounds = 1, min_devices = 2, min_updates = 2, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = noise,
        })).Ok()));

        var open = await Patience.ForAsync<List<JsonElement>>("one run to open and the other to pause", async () =>
        {
            var runs = await Task.WhenAll(new[] { "race-a", "race-b" }.Select(async model => (await scene.Owner.GetAsync($"/training/{model}/status")).Ok()));
            return runs.Any(run => run.Text("status") == "PAUSED") && runs.Any(run => run.Has("round_id")) ? [.. runs] : null;
        });

        Assert.Single(open, run => run.Text("status") == "PAUSED");
        var round = open.Single(run => run.Text("status") != "PAUSED").Text("round_id");
        foreach (var device in scene.DeviceIds)
        {
            // The run names its round before the round is open.
            await scene.AssignmentAsync(device, offer => offer.Text("round_id") == round);
            (await scene.PutUpdateAsync(round, device, await TestWeights.UpdateAsync(0.1f))).Ok();
        }

        await Patience.UntilAsync("the winner's charge", async () => (await scene.Owner.PrivacyAsync()).Number("rounds_consumed") == 1);
        Assert.Equal(2, (await scene.Owner.PrivacyAsync()).GetProperty("mu_squared_spent").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task StoppedRun_GivesBackWhatItsOpenRoundHeld()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-stop", devices: 2);
        await scene.Owner.SetBudgetAsync(8);
        (await scene.StartPrivateAsync(noise: 1)).Ok();
        await scene.RoundAsync(scene.DeviceIds[0], 1);
        Assert.Equal(1, (await scene.Owner.PrivacyAsync()).GetProperty("mu_squared_reserved").GetDouble(), 1e-9);

        (await scene.Owner.PostAsync($"/training/{scene.Model}/stop", new { })).Ok();

        var privacy = await scene.Owner.PrivacyAsync();
        Assert.Equal((0, 0), (privacy.Number("open_reservations"), privacy.Number("rounds_consumed")));
        Assert.Equal("refunded", (await scene.Owner.LedgerAsync()).Single().Text("status"));
    }

    [Fact]
    public async Task FedBuff_ChargesEachFlushOnce()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-fedbuff", devices: 3);
        await scene.Owner.SetBudgetAsync(1000);
        (await scene.StartPrivateAsync(LittleNoise, rounds: 2, devices: 1, strategy: "fedbuff", parameters: new { buffer = "2", max_staleness = "5" })).Ok();
        var first = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        (await scene.PutUpdateAsync(first, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.1f))).Ok();
        (await scene.PutUpdateAsync(first, scene.DeviceIds[1], await TestWeights.UpdateAsync(0.1f))).Ok();
        var second = (await scene.RoundAsync(scene.DeviceIds[0], 2)).Text("round_id");
        (await scene.PutUpdateAsync(first, scene.DeviceIds[2], await TestWeights.UpdateAsync(0.1f))).Ok();
        (await scene.PutUpdateAsync(second, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.1f))).Ok();

        await scene.UntilAsync("COMPLETED");

        var charged = (await scene.Owner.LedgerAsync()).Where(entry => entry.Text("status") == "charged").Select(entry => entry.Text("round_id"));
        Assert.Equal(new[] { first, second }.Order(), charged.Order());
    }

    [Fact]
    public async Task Forecast_SaysCostRoundsAndNoise_AndStartsNothing()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-forecast", devices: 2);
        await scene.Owner.SetBudgetAsync(8);
        var order = new { model_id = scene.Model, rounds = 100, min_devices = 2, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = 10 };

        var forecast = (await scene.Owner.PostAsync("/training/forecast", order)).Ok();

        var own = forecast.List("organizations").Single();
        Assert.Equal(277, own.Number("rounds_left"));
        Assert.Equal(4.377, own.GetProperty("epsilon_after_run").GetDouble(), 1e-3);
        Assert.Equal(10 * Math.Sqrt(TestWeights.Parameters) / 2, forecast.GetProperty("noise_to_clip").GetDouble(), 1e-9);
        Assert.Contains("exceeds", forecast.Text("warning"), StringComparison.Ordinal);
        (await scene.Owner.GetAsync($"/training/{scene.Model}/status")).Refused(404, ErrorCodes.NoRun);
        Assert.Empty(await scene.Owner.LedgerAsync());
    }

    [Fact]
    public async Task Epsilon_Alone_ChoosesTheNoiseAtWhichTheWholeRunCostsThat()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-epsilon", devices: 1);
        await scene.Owner.SetBudgetAsync(8);
        var order = new { model_id = scene.Model, rounds = 50, min_devices = 1, privacy = "dp-sgd", clip_norm = 1, epsilon = 4 };

        var own = (await scene.Owner.PostAsync("/training/forecast", order)).Ok().List("organizations").Single();

        Assert.Equal(4, own.GetProperty("epsilon_after_run").GetDouble(), 1e-6);
        Assert.True(own.Number("rounds_left") >= 50);
    }

    [Theory]
    [InlineData("poisson", "amplification")]
    [InlineData("fixed_size", "amplification")]
    public async Task Amplification_BySampling_IsRefusedWithTheReason(string sampling, string word)
    {
        var scene = await TrainingScene.CreateAsync(server, $"sampling-{sampling.Replace('_', '-')}", devices: 1);

        var answer = await scene.Owner.PostAsync("/training/sessions", new { model_id = scene.Model, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = 1, sampling });

        answer.Refused(400, ErrorCodes.InvalidRequest);
        Assert.Contains(word, answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Runs_OfOrganizationsThatDoNotAllowThem_AreRefused()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-policy", devices: 1);
        var order = new { model_id = scene.Model, rounds = 1, min_devices = 1, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = 1 };
        (await scene.Owner.PostAsync("/training/sessions", order)).Refused(409, ErrorCodes.PrivacyBudget);

        await scene.Owner.SetBudgetAsync(8);
        var open = new { model_id = scene.Model, rounds = 1, min_devices = 1 };
        (await scene.Owner.PostAsync("/training/sessions", open)).Refused(409, ErrorCodes.PrivacyRequired);
        (await scene.Owner.PutAsync("/settings/default", new { allow_non_private_runs = true })).Ok();
        (await scene.Owner.PostAsync("/training/sessions", open)).Ok();
    }

    [Fact]
    public async Task Devices_WithLedgersOfTheirOwn_AreNotSelectedOnceTheyAreSpent()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-devices", devices: 4);
        await scene.Owner.SetBudgetAsync(8, participations: 1, granularity: "device");
        (await scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = scene.Model, rounds = 3, min_devices = 2, min_updates = 2, target_updates = 2, over_selection = 1, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = 1,
        })).Ok();

        var seen = new List<string>();
        for (var number = 1; number <= 2; number++)
        {
            var cohort = await CohortAsync(scene, number);
            Assert.Equal(2, cohort.Count);
            seen.AddRange(cohort.Select(member => member.Device));
            foreach (var (device, round) in cohort)
            {
                (await scene.PutUpdateAsync(round, device, await TestWeights.UpdateAsync(0.1f))).Ok();
            }
        }

        // Each device once, and then none is left.
        Assert.Equal(scene.DeviceIds.Order(), seen.Order());
        var paused = await scene.UntilAsync("PAUSED");
        Assert.StartsWith("PrivacyBudget", paused.Text("reason"), StringComparison.Ordinal);
        var privacy = await scene.Owner.PrivacyAsync();
        Assert.Equal((4, 1, 2, 0), (privacy.Number("devices"), privacy.Number("most_participations"), privacy.Number("rounds_consumed"), privacy.Number("open_reservations")));

        // Two rounds were released, and no device is in more than one.
        Assert.Equal(1, privacy.GetProperty("mu_squared_spent").GetDouble(), 1e-9);
        await scene.Owner.SetBudgetAsync(8, participations: 2);
        foreach (var (device, round) in await CohortAsync(scene, 3))
        {
            (await scene.PutUpdateAsync(round, device, await TestWeights.UpdateAsync(0.1f))).Ok();
        }

        await scene.UntilAsync("COMPLETED");
        Assert.Equal(2, (await scene.Owner.PrivacyAsync()).Number("most_participations"));
    }

    [Fact]
    public async Task Clip_ThatFollowsAQuantile_MovesByTheNoisyShareAndCostsNoMore()
    {
        var scene = await TrainingScene.CreateAsync(server, "private-adaptive", devices: 2);
        await scene.Owner.SetBudgetAsync(1000);
        (await scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = scene.Model, rounds = 2, min_devices = 2, min_updates = 2, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = LittleNoise, clip_quantile = 0.5,
        })).Ok();

        // Both are within the clip, and half of them should be.
        await scene.SendAllAsync(1, 0.1f);
        var second = await scene.RoundAsync(scene.DeviceIds[0], 2);
        Assert.Equal(Math.Exp(-0.2 * 0.5), second.GetProperty("clip_norm").GetDouble(), 0.06);
        await scene.SendAllAsync(2, 0.1f);
        await scene.UntilAsync("COMPLETED");
        Assert.Equal(2 / (LittleNoise * LittleNoise), (await scene.Owner.PrivacyAsync()).GetProperty("mu_squared_spent").GetDouble(), 1e-6);
    }

    private static Task<List<(string Device, string Round)>> CohortAsync(TrainingScene scene, int number) => Patience.ForAsync($"round {number} to be open", async () =>
    {
        var cohort = new List<(string, string)>();
        foreach (var device in scene.DeviceIds)
        {
            var offers = (await scene.Devices.GetAsync($"/training/rounds?device_id={device}&status=active")).Ok().List("rounds");
            cohort.AddRange(offers.Where(offer => offer.Number("round_number") == number).Select(offer => (device, offer.Text("round_id"))));
        }

        return cohort.Count > 1 ? cohort : null;
    });
}
