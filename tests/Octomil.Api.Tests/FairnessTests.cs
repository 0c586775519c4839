using System.Globalization;
using System.Net;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>A server with room for eight updates of the test's model and for eight requests.</summary>
public sealed class SmallServer() : RunningServer(
    ("Octomil:Rounds:LookForDevices", "00:00:00.050"),
    ("Octomil:Rounds:BufferBudgetBytes", (8 * FairnessTests.Parameters * sizeof(float)).ToString(CultureInfo.InvariantCulture)),
    ("Octomil:Rounds:BufferWait", "00:00:00"),
    ("Octomil:Requests:AtOnce", "8"),
    ("Octomil:Requests:Wait", "00:00:00"));

/// <summary>Two organizations on one server; one of them floods it.</summary>
public sealed class FairnessTests(SmallServer server) : IClassFixture<SmallServer>
{
    public const int Parameters = 40_000;

    [Fact]
    public async Task Put_OfAnotherOrganization_FindsRoomWhateverTheFloodingOneHolds()
    {
        var (flooding, other) = (await SceneAsync("floods", devices: 9), await SceneAsync("does-not", devices: 2));
        var (floodingRound, otherRound) = (await flooding.OpenRoundAsync(), await other.OpenRoundAsync());
        var update = await TestWeights.UpdateAsync(1, Parameters);
        List<HeldContent> held = [];
        List<Task<Answer>> puts = [];
        for (var device = 0; device < 7; device++)
        {
            await HoldAsync(flooding, floodingRound, device);
        }

        // An eighth is not for one organization alone.
        var beyond = await flooding.PutUpdateAsync(floodingRound, flooding.DeviceIds[7], update);
        beyond.Refused(429, ErrorCodes.Busy);
        Assert.True(beyond.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        (await other.PutUpdateAsync(otherRound, other.DeviceIds[0], update)).Ok();

        // Turned away once, the other organization has its share kept free: the flooding one gets nothing of what it gives back.
        await HoldAsync(other, otherRound, 1);
        var second = await server.OrganizationAsync("Wants some");
        await PushAsync(second, "wants-some", devices: 1);
        var wanted = await TrainingScene.AssignmentAsync(second, "device-0");
        (await PutAsync(second, wanted.GetProperty("round_id").GetString()!)).Refused(429, ErrorCodes.Busy);
        held[0].Release();
        (await puts[0]).Ok();
        await Patience.UntilAsync("the buffer to come back", async () => (await PutAsync(second, wanted.GetProperty("round_id").GetString()!)).Status is HttpStatusCode.OK);
        (await flooding.PutUpdateAsync(floodingRound, flooding.DeviceIds[8], update)).Refused(429, ErrorCodes.Busy);

        held.ForEach(content => content.Release());
        Assert.All(await Task.WhenAll(puts), answer => answer.Ok());

        async Task HoldAsync(TrainingScene scene, string round, int device)
        {
            var content = new HeldContent(update);
            held.Add(content);
            puts.Add(scene.PutUpdateAsync(round, scene.DeviceIds[device], content, ("Expect", "100-continue")));
            await content.Asked.SoonAsync("the server to ask for a body");
        }

        Task<Answer> PutAsync(ApiCaller caller, string round) => caller.SendAsync(
            HttpMethod.Put, $"/training/rounds/{round}/updates/device-0", ModelCalls.Bytes(update));
    }

    [Fact]
    public async Task Requests_OfAnotherOrganization_HaveTheirTurnWhateverTheFloodingOneSends()
    {
        var flooding = await server.OrganizationAsync("Sends much");
        var other = await server.OrganizationAsync("Sends little");
        (await flooding.PostAsync("/models", new { name = "held" })).Ok();
        List<HeldContent> held = [];
        List<Task<HttpResponseMessage>> sent = [];
        for (var i = 0; i < 7; i++)
        {
            // A request whose body does not come keeps its turn for as long as the server waits for it.
            var content = new HeldContent("{\"name\": \"held\"}"u8.ToArray());
            content.Headers.ContentType = new("application/json");
            held.Add(content);
            sent.Add(flooding.OpenAsync(HttpMethod.Post, "/models", content, HttpCompletionOption.ResponseContentRead, ("Expect", "100-continue")));
            await content.Asked.SoonAsync("the server to ask for a body");
        }

        var beyond = await flooding.GetAsync("/models");
        var ofOther = await other.GetAsync("/models");

        beyond.Refused(429, ErrorCodes.Busy);
        Assert.True(beyond.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        ofOther.Ok();
        held.ForEach(content => content.Release());
        Assert.All(await Task.WhenAll(sent), response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        (await flooding.GetAsync("/models")).Ok();
    }

    private async Task<TrainingScene> SceneAsync(string name, int devices)
    {
        var scene = await TrainingScene.CreateAsync(server, name, devices, Parameters);
        await scene.StartAsync();
        return scene;
    }

    private static async Task PushAsync(ApiCaller owner, string model, int devices)
    {
        await owner.PushAsync(model, await TestWeights.FileAsync(1, Parameters));
        await TrainingScene.RegisterAsync(owner, devices);
        (await owner.PostAsync("/training/sessions", new { model_id = model, rounds = 1, min_devices = devices, min_updates = devices })).Ok();
    }
}
