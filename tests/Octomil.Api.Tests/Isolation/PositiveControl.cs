using Octomil.Api.Tests.Fixtures;

namespace Octomil.Api.Tests.Isolation;

/// <summary>A call that must be done: by whom, of what, and with which body. One that everybody is refused proves nothing by refusing strangers.</summary>
internal sealed record PositiveControl(ApiCaller Caller, string Path, Func<HttpContent?> Content)
{
    public static PositiveControl Of(ApiCaller caller, string path, object? body = null) =>
        new(caller, path, () => body is null ? null : System.Net.Http.Json.JsonContent.Create(body));
}

/// <summary>Scenes in which a line of the table is answered with what was asked for, where the table's own scene refuses its owner.</summary>
internal static class PositiveControls
{
    private const string Password = "correct horse battery";

    private const string Architecture = """
        {"kind": "linear", "output_type": "binary", "output_dim": 1, "target_col": "y", "classes": ["a", "b"], "features": [{"name": "x", "type": "number"}], "seed": 1}
        """;

    /// <summary>By operation; the text is a name of the scene's own.</summary>
    public static IReadOnlyDictionary<string, Func<RunningServer, string, Task<PositiveControl>>> All { get; } = new Dictionary<string, Func<RunningServer, string, Task<PositiveControl>>>(StringComparer.Ordinal)
    {
        ["POST /api/v1/organizations"] = (server, name) => Task.FromResult(PositiveControl.Of(server.Operator, "/organizations", new { name })),
        ["POST /api/v1/auth/sign-in"] = async (server, name) =>
        {
            await JoinAsync(server, name);
            return PositiveControl.Of(server.Anonymous, "/auth/sign-in", new { email = $"{name}@person.example", password = Password });
        },
        ["POST /api/v1/auth/invitations/accept"] = async (server, name) =>
            PositiveControl.Of(server.Anonymous, "/auth/invitations/accept", new { invitation = await InviteAsync(server, name), password = Password }),
        ["POST /api/v1/auth/refresh"] = async (server, name) =>
            PositiveControl.Of(server.Anonymous, "/auth/refresh", new { refresh_token = (await JoinAsync(server, name)).Text("refresh_token") }),
        ["DELETE /api/v1/auth/session"] = async (server, name) => PositiveControl.Of(server.As((await JoinAsync(server, name)).Text("access_token")), "/auth/session"),
        ["POST /api/v1/auth/device/refresh"] = async (server, name) =>
        {
            var scene = await TrainingScene.CreateAsync(server, name, devices: 1);
            var token = (await scene.Devices.PostAsync($"/devices/{scene.DeviceIds[0]}/token")).Ok();
            return PositiveControl.Of(server.Anonymous, "/auth/device/refresh", new { refresh_token = token.Text("refresh_token") });
        },
        ["GET /api/v1/downloads/{ticket}"] = DownloadAsync,
        ["HEAD /api/v1/downloads/{ticket}"] = DownloadAsync,
        ["DELETE /api/v1/models/{model}/versions/{version}"] = async (server, name) =>
        {
            var scene = await TrainingScene.CreateAsync(server, name, devices: 0);
            (await scene.Owner.UploadAsync(name, "2.0.0", await TestWeights.FileAsync(2))).Ok();
            return PositiveControl.Of(scene.Owner, $"/models/{name}/versions/1.0.0");
        },
        ["POST /api/v1/experiments/{experiment}/cancel"] = async (server, name) =>
        {
            var scene = await TrainingScene.CreateAsync(server, name, devices: 0);
            (await scene.Owner.UploadAsync(name, "2.0.0", await TestWeights.FileAsync(2))).Ok();
            (await scene.Owner.PostAsync("/experiments", new
            {
                name, model_id = name,
                variants = new object[]
                {
                    new { name = "a", model_version = "1.0.0", traffic_allocation = 50, is_control = true },
                    new { name = "b", model_version = "2.0.0", traffic_allocation = 50 },
                },
            })).Ok();
            return PositiveControl.Of(scene.Owner, $"/experiments/{name}/cancel");
        },
        ["GET /api/v1/training/rounds/{round}/control"] = ControlAsync,
        ["HEAD /api/v1/training/rounds/{round}/control"] = ControlAsync,
        ["PUT /api/v1/training/rounds/{round}/statistics/{device}"] = async (server, name) =>
        {
            var scene = await TrainingScene.CreateAsync(server, name, devices: 2, architecture: Architecture);
            await scene.StartAsync();
            var round = await scene.OpenRoundAsync();
            return PositiveControl.Of(scene.Devices, $"/training/rounds/{round}/statistics/{scene.DeviceIds[0]}", Statistics);
        },
        ["PUT /api/v1/training/rounds/{round}/evaluation/{device}"] = async (server, name) =>
        {
            var (scene, round) = await EvaluationAsync(server, name);
            return PositiveControl.Of(scene.Devices, $"/training/rounds/{round}/evaluation/{scene.DeviceIds[0]}", new { eval_count = 10, eval_loss = 0.5, eval_accuracy = 0.5 });
        },
        ["POST /api/v1/training/weights"] = async (server, name) =>
        {
            var scene = await TrainingScene.CreateAsync(server, name, devices: 1);
            await scene.StartAsync();
            return PositiveControl.Of(scene.Devices, "/training/weights", new
            {
                model_id = name, device_id = scene.DeviceIds[0], round_id = await scene.OpenRoundAsync(), sample_count = 1, weights_data = await TestWeights.FileAsync(2),
            });
        },
        ["POST /api/v1/training/forecast"] = async (server, name) =>
        {
            var scene = await TrainingScene.CreateAsync(server, name, devices: 1);
            await scene.Owner.SetBudgetAsync(8);
            return PositiveControl.Of(scene.Owner, "/training/forecast", new { model_id = name, rounds = 1, min_devices = 1, privacy = "dp-sgd", clip_norm = 1, noise_multiplier = 10 });
        },
        ["POST /api/v1/training/sessions"] = async (server, name) =>
        {
            var scene = await TrainingScene.CreateAsync(server, name, devices: 1);
            return PositiveControl.Of(scene.Owner, "/training/sessions", new { model_id = name, rounds = 1 });
        },
        ["POST /api/v1/federations/{federation}/suspend"] = (server, name) => MembershipAsync(server, name, "suspend"),
        ["POST /api/v1/federations/{federation}/reinstate"] = async (server, name) =>
        {
            var suspend = await MembershipAsync(server, name, "suspend");
            (await suspend.Caller.SendAsync(HttpMethod.Post, suspend.Path, suspend.Content())).Ok();
            return suspend with { Path = $"/federations/{name}/reinstate" };
        },
    };

    private static object Statistics => new { rows = 20, features = new { x = new { count = 20, mean = 1, m2 = 1 } } };

    private static async Task<string> InviteAsync(RunningServer server, string name)
    {
        var owner = await server.OrganizationAsync(name);
        return (await owner.PostAsync("/orgs/default/members", new { email = $"{name}@person.example", role = "viewer" })).Ok().Text("invitation");
    }

    private static async Task<System.Text.Json.JsonElement> JoinAsync(RunningServer server, string name) =>
        (await server.Anonymous.PostAsync("/auth/invitations/accept", new { invitation = await InviteAsync(server, name), password = Password })).Ok();

    private static async Task<PositiveControl> DownloadAsync(RunningServer server, string name)
    {
        var scene = await TrainingScene.CreateAsync(server, name, devices: 0);
        var url = (await scene.Owner.GetAsync($"/models/{name}/versions/1.0.0/download-url")).Ok().Text("url");
        return PositiveControl.Of(server.Anonymous, new Uri(url, UriKind.RelativeOrAbsolute) is { IsAbsoluteUri: true } whole ? whole.AbsolutePath : url);
    }

    private static async Task<PositiveControl> ControlAsync(RunningServer server, string name)
    {
        var scene = await TrainingScene.CreateAsync(server, name, devices: 1);
        (await scene.Owner.PostAsync("/training/sessions", new { model_id = name, strategy = "scaffold", rounds = 2, min_devices = 1, min_updates = 1 })).Ok();
        var device = scene.DeviceIds[0];
        var first = (await scene.RoundAsync(device, 1)).Text("round_id");
        (await scene.PutUpdateAsync(first, device, await TestWeights.ControlledAsync(1, 3))).Ok();
        var second = (await scene.RoundAsync(device, 2)).Text("round_id");
        return PositiveControl.Of(scene.Devices, $"/training/rounds/{second}/control?device_id={device}");
    }

    private static async Task<(TrainingScene Scene, string Round)> EvaluationAsync(RunningServer server, string name)
    {
        var scene = await TrainingScene.CreateAsync(server, name, devices: 2, architecture: Architecture);
        await scene.StartAsync();
        foreach (var device in scene.DeviceIds)
        {
            var statistics = (await scene.AssignmentAsync(device, round => round.Text("kind") == "statistics")).Text("round_id");
            (await scene.Devices.PutAsync($"/training/rounds/{statistics}/statistics/{device}", Statistics)).Ok();
        }

        foreach (var device in scene.DeviceIds)
        {
            var train = await scene.RoundAsync(device, 1);
            var downloaded = (await scene.Devices.GetAsync(train.GetProperty("base").Text("url"))).Body;
            (await scene.PutUpdateAsync(train.Text("round_id"), device, await TestWeights.UnchangedAsync(downloaded))).Ok();
        }

        return (scene, (await scene.AssignmentAsync(scene.DeviceIds[0], round => round.Text("kind") == "evaluate")).Text("round_id"));
    }

    private static async Task<PositiveControl> MembershipAsync(RunningServer server, string name, string verb)
    {
        var (owner, member) = (await server.OrganizationAsync($"{name}-owner"), await server.OrganizationAsync($"{name}-member"));
        await owner.FederateAsync(name, member);
        return PositiveControl.Of(owner, $"/federations/{name}/{verb}", new { org_ids = new[] { member.OrganizationId } });
    }
}
