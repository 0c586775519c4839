using System.Net;
using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class RunEventTests(ApiServer server)
{
    [Fact]
    public async Task Watch_OfARun_TellsEveryRoundAndEndsWithTheRun()
    {
        var scene = await TrainingScene.CreateAsync(server, "watched", devices: 1);
        await scene.StartAsync(rounds: 2);
        using var response = await WatchAsync(scene.Owner, scene.Model);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var first = await NextAsync(reader);

        for (var number = 1; number <= 2; number++)
        {
            var round = (await scene.RoundAsync(scene.DeviceIds[0], number)).Text("round_id");
            (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1))).Ok();
        }

        var statuses = new List<JsonElement> { first!.Value };
        while (await NextAsync(reader) is { } status)
        {
            statuses.Add(status);
        }

        Assert.All(statuses[..^1], status => Assert.Equal("IN_PROGRESS", status.Text("status")));
        Assert.Equal(("COMPLETED", "2.0.0"), (statuses[^1].Text("status"), statuses[^1].Text("new_version")));
        Assert.Equal(statuses.Select(status => status.Number("current_round")).Order(), statuses.Select(status => status.Number("current_round")));
        Assert.Equal(2, statuses[^1].List("history").Count());
    }

    [Fact]
    public async Task Watch_OfARunThatIsOver_TellsItsEndAndEnds()
    {
        var scene = await TrainingScene.CreateAsync(server, "watched-late", devices: 1);
        await scene.StartAsync();
        (await scene.Owner.PostAsync("/training/watched-late/stop", new { })).Ok();

        var answer = await scene.Owner.GetAsync("/training/watched-late/events");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var line = answer.Text.Split('\n').Single(line => line.StartsWith("data: ", StringComparison.Ordinal));
        using var status = JsonDocument.Parse(line["data: ".Length..]);
        Assert.Equal("STOPPED", status.RootElement.Text("status"));
    }

    [Fact]
    public async Task Watch_WithoutARunOrTheScope_IsRefused()
    {
        var owner = await server.OrganizationAsync("Watches nothing");
        await owner.PushAsync("m", await TestWeights.FileAsync(1));

        (await owner.GetAsync("/training/m/events")).Refused(404, ErrorCodes.NoRun);
        (await (await owner.WithScopesAsync(Scopes.ModelsRead)).GetAsync("/training/m/events")).Refused(403, ErrorCodes.MissingScope);
    }

    private static Task<HttpResponseMessage> WatchAsync(ApiCaller caller, string model) =>
        caller.OpenAsync(HttpMethod.Get, $"/training/{model}/events", null, HttpCompletionOption.ResponseHeadersRead);

    // Null at the end of the stream. Comments and the event's name are passed over.
    private static async Task<JsonElement?> NextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().SoonAsync("the next event") is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using var document = JsonDocument.Parse(line["data: ".Length..]);
                return document.RootElement.Clone();
            }
        }

        return null;
    }
}
