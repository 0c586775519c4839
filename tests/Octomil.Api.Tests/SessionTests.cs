using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class SessionTests(ApiServer server)
{
    [Theory]
    [InlineData("rounds", "0")]
    [InlineData("rounds", "10001")]
    [InlineData("rounds", "\"many\"")]
    [InlineData("rounds", "1.5")]
    [InlineData("min_devices", "0")]
    [InlineData("min_updates", "0")]
    [InlineData("target_updates", "0")]
    [InlineData("over_selection", "0.5")]
    [InlineData("over_selection", "11")]
    [InlineData("round_timeout_seconds", "0.5")]
    [InlineData("local_epochs", "0")]
    [InlineData("batch_size", "0")]
    [InlineData("optimizer", "\"adagrad\"")]
    [InlineData("learning_rate", "0")]
    [InlineData("learning_rate", "-1")]
    [InlineData("momentum", "1")]
    [InlineData("weight_decay", "-0.1")]
    [InlineData("holdout", "1")]
    [InlineData("seed", "-1")]
    [InlineData("max_magnitude", "0")]
    [InlineData("max_sample_count", "0")]
    [InlineData("group", "\"\"")]
    [InlineData("strategy", "\"\"")]
    [InlineData("strategy", "null")]
    [InlineData("strategy", "\"nonsense\"")]
    [InlineData("params", """{"server_lr": "1\n2"}""")]
    [InlineData("params", """{"server_lr=": "1"}""")]
    [InlineData("params", """{"server_lr": 1}""")]
    [InlineData("privacy", "\"laplace\"")]
    [InlineData("clip_norm", "0, \"privacy\": \"dp-sgd\", \"noise_multiplier\": 1")]
    [InlineData("noise_multiplier", "0, \"privacy\": \"dp-sgd\", \"clip_norm\": 1")]
    [InlineData("clip_quantile", "1, \"privacy\": \"dp-sgd\", \"clip_norm\": 1, \"epsilon\": 1")]
    [InlineData("epsilon", "1")]
    [InlineData("noise_multiplier", "1")]
    [InlineData("clip_norm", "1")]
    public async Task Start_WithABadOption_Is400AndNamesIt(string option, string value)
    {
        var owner = await ModelOwnerAsync();

        (await StartAsync(owner, $$"""{"model_id": "m", "{{option}}": {{value}}}""")).RefusedFor(option);
    }

    [Theory]
    [InlineData("fedavg", "servr_lr", "1")]
    [InlineData("fedavg", "server_lr", "fast")]
    [InlineData("fedprox", "proximal_mu", "-1")]
    public async Task Start_WithABadParameterOfTheStrategy_Is400AndNamesIt(string strategy, string parameter, string value)
    {
        var owner = await ModelOwnerAsync();
        var parameters = new Dictionary<string, string> { [parameter] = value };

        (await owner.PostAsync("/training/sessions", new { model_id = "m", strategy, @params = parameters })).RefusedFor(parameter);
    }

    [Fact]
    public async Task Start_WithATargetBelowTheMinimum_Is400()
    {
        var owner = await ModelOwnerAsync();

        (await StartAsync(owner, """{"model_id": "m", "min_updates": 3, "target_updates": 2}""")).RefusedFor("target_updates");
    }

    [Fact]
    public async Task Start_WithoutAModel_Is400() =>
        (await StartAsync(server.Operator, "{}")).RefusedFor("model_id");

    [Fact]
    public async Task Start_OfWhatIsNotThere_IsRefusedWithTheReason()
    {
        var owner = await server.OrganizationAsync("Starts too much");
        (await owner.PostAsync("/models", new { name = "empty" })).Ok();
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        (await owner.PostAsync("/federations", new { name = "unshared" })).Ok();

        (await owner.PostAsync("/training/sessions", new { model_id = "unknown" })).Refused(404, ErrorCodes.NotFound);
        (await owner.PostAsync("/training/sessions", new { model_id = "empty" })).Refused(409, ErrorCodes.InvalidRequest);
        (await owner.PostAsync("/training/sessions", new { model_id = "m", group = "unknown" })).RefusedFor("unknown", 404, ErrorCodes.NotFound);
        (await owner.PostAsync("/training/sessions", new { model_id = "m", federation = "unknown" })).RefusedFor("unknown", 404, ErrorCodes.NotFound);
        (await owner.PostAsync("/training/sessions", new { model_id = "m", federation = "unshared" })).Refused(409, ErrorCodes.FederationRequired);
        (await owner.GetAsync("/training/m/status")).Refused(404, ErrorCodes.NoRun);
        (await owner.PostAsync("/training/m/stop", new { })).Refused(404, ErrorCodes.NoRun);
    }

    [Fact]
    public async Task Start_OfAModelOfSeveralFederations_AsksWhich()
    {
        var (owner, member) = (await server.OrganizationAsync("Shares twice"), await server.OrganizationAsync("Member twice"));
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        await owner.FederateAsync("one", member, "m");
        await owner.FederateAsync("two", member, "m");

        (await owner.PostAsync("/training/sessions", new { model_id = "m" })).Refused(409, ErrorCodes.FederationRequired);
        (await owner.PostAsync("/training/sessions", new { model_id = "m", federation = "two" })).Ok();
    }

    [Fact]
    public async Task Commands_OfAMember_Are403AndItMayWatch()
    {
        var (owner, member) = (await server.OrganizationAsync("Starts runs"), await server.OrganizationAsync("Watches runs"));
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        await owner.FederateAsync("f", member, "m");
        (await member.PostAsync("/training/sessions", new { model_id = "m" })).Refused(403, ErrorCodes.NotOwner);

        var run = (await owner.PostAsync("/training/sessions", new { model_id = "m" })).Ok().Text("session_id");

        var status = (await member.GetAsync("/training/m/status")).Ok();
        Assert.Equal((run, "IN_PROGRESS", "fedavg"), (status.Text("session_id"), status.Text("status"), status.Text("strategy")));
        Assert.Equal(run, (await member.GetAsync("/training/sessions")).Ok().List("sessions").Single().Text("session_id"));
        foreach (var command in (string[])["stop", "pause", "resume"])
        {
            (await member.PostAsync($"/training/m/{command}", new { })).Refused(403, ErrorCodes.NotOwner);
        }

        (await owner.PostAsync("/training/m/stop", new { })).Ok();
    }

    [Fact]
    public async Task Status_WithADevicesKey_IsShownForRunsOfItsOrganizationAlone()
    {
        var (owner, member) = (await server.OrganizationAsync("Owner of watched runs"), await server.OrganizationAsync("Devices watch"));
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        await owner.FederateAsync("f", member, "m");
        (await owner.PostAsync("/training/sessions", new { model_id = "m" })).Ok();
        var device = await member.WithScopesAsync(Scopes.DevicesWrite);
        var stranger = await (await server.OrganizationAsync("Devices may not watch")).WithScopesAsync(Scopes.DevicesWrite);

        Assert.Equal("IN_PROGRESS", (await device.GetAsync("/training/m/status")).Ok().Text("status"));
        (await stranger.GetAsync("/training/m/status")).Refused(404, ErrorCodes.NotFound);
        (await (await member.WithScopesAsync(Scopes.ModelsRead)).GetAsync("/training/m/status")).Refused(403, ErrorCodes.MissingScope);
        (await device.PostAsync("/training/m/stop", new { })).Refused(403, ErrorCodes.MissingScope);
    }

    [Fact]
    public async Task Start_Again_IsTheSameRunAndAnotherOrderAConflict()
    {
        var owner = await server.OrganizationAsync("Starts again");
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        var first = (await StartAsync(owner, """{"model_id": "m", "rounds": 3, "params": {"server_lr": "1", "weighting": "uniform"}}""")).Ok();

        var second = (await StartAsync(owner, """{"model_id": "m", "rounds": 3, "params": {"weighting": "uniform", "server_lr": "1"}}""")).Ok();
        var problem = (await StartAsync(owner, """{"model_id": "m", "rounds": 4}""")).Refused(409, ErrorCodes.RunInProgress);

        Assert.Equal("started", first.Text("status"));
        Assert.Equal(first.Text("session_id"), second.Text("session_id"));
        Assert.Equal(first.Text("session_id"), problem.Text("session_id"));
    }

    [Fact]
    public async Task PauseResumeAndStop_AreSeenInTheStatusAndMayBeRepeated()
    {
        var owner = await server.OrganizationAsync("Pauses");
        var id = await owner.PushAsync("m", await TestWeights.FileAsync(1));
        var run = (await owner.PostAsync("/training/sessions", new { model_id = "m", rounds = 3 })).Ok().Text("session_id");

        Assert.Equal("PAUSED", (await owner.PostAsync("/training/m/pause")).Ok().Text("status"));
        Assert.Equal("PAUSED", (await owner.PostAsync("/training/m/pause")).Ok().Text("status"));
        Assert.Equal("IN_PROGRESS", (await owner.PostAsync("/training/m/resume")).Ok().Text("status"));
        Assert.Equal(0, (await owner.PostAsync("/training/m/stop", new { })).Ok().Number("last_round"));
        Assert.Equal(0, (await owner.PostAsync("/training/m/stop")).Ok().Number("last_round"));

        var status = (await owner.GetAsync($"/training/{id}/status")).Ok();
        Assert.Equal((run, "STOPPED", id, "m"), (status.Text("session_id"), status.Text("status"), status.Text("model_id"), status.Text("model")));
        Assert.Equal((0, 3), (status.Number("current_round"), status.Number("total_rounds")));
        Assert.Empty(status.List("history"));
        var next = (await owner.PostAsync("/training/sessions", new { model_id = "m" })).Ok().Text("session_id");
        Assert.Equal([next, run], (await owner.GetAsync("/training/sessions?model=m")).Ok().List("sessions").Select(session => session.Text("session_id")));
        Assert.Equal([next], (await owner.GetAsync($"/training/sessions?model={id}&limit=1")).Ok().List("sessions").Select(session => session.Text("session_id")));
    }

    private async Task<ApiCaller> ModelOwnerAsync()
    {
        // The options are checked before anything is started, so one model serves every case.
        var owner = await server.OrganizationAsync($"Validates {Guid.NewGuid():N}");
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        return owner;
    }

    private static Task<Answer> StartAsync(ApiCaller caller, string body) =>
        caller.SendAsync(HttpMethod.Post, "/training/sessions", new StringContent(body, null, "application/json"));
}
