using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Octomil.Organizations;

namespace Octomil.Api.Tests.Isolation;

/// <summary>
/// An owner with one of everything, a federation of it with a run whose round is open, and the organizations that could want some of that.
/// What the owner has is called by names and ids that stand nowhere else, so that any of them in an answer is a leak.
/// </summary>
internal sealed class IsolationScene
{
    // Who may know them: nobody, the active members, whoever is or was asked to join.
    private readonly List<string> _ownersAlone = [];
    private readonly List<string> _ofMembers = [];
    private readonly List<string> _ofInvited = [];
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    private IsolationScene(ApiCaller owner, ApiCaller member, ApiCaller invited, ApiCaller suspended, ApiCaller other) =>
        (Owner, Member, Invited, Suspended, Other) = (owner, member, invited, suspended, other);

    public ApiCaller Owner { get; }

    /// <summary>In the federation, and taking part in the run.</summary>
    public ApiCaller Member { get; }

    public ApiCaller Invited { get; }

    /// <summary>Suspended while the round was open that has selected its device.</summary>
    public ApiCaller Suspended { get; }

    /// <summary>In no federation.</summary>
    public ApiCaller Other { get; }

    /// <summary>A token of the owner's second device; everything is asked of the first.</summary>
    public ApiCaller Device { get; private set; } = null!;

    /// <summary>A token of a device that was revoked.</summary>
    public ApiCaller RevokedDevice { get; private set; } = null!;

    /// <summary>A key of the owner that was revoked.</summary>
    public ApiCaller RevokedKey { get; private set; } = null!;

    public string this[string parameter] => _ids[parameter];

    /// <summary>The identifiers of the devices that the round selected: the suspended organization's.</summary>
    public string SuspendedDevice { get; private set; } = "";

    public static async Task<IsolationScene> CreateAsync(RunningServer server, string name)
    {
        var scene = new IsolationScene(
            await server.OrganizationAsync($"{name}-owner"), await server.OrganizationAsync($"{name}-member"), await server.OrganizationAsync($"{name}-invited"),
            await server.OrganizationAsync($"{name}-suspended"), await server.OrganizationAsync($"{name}-other"));
        await scene.AddModelAsync(name);
        await scene.AddDevicesAsync(name);
        await scene.AddKeyAndPersonAsync(name);
        await scene.AddFederationAsync(name);
        await scene.AddRoundAsync();
        return scene;
    }

    /// <summary>The text with the owner's ids, or where it has names its names, in place of <c>{parameter}</c> and <c>&lt;parameter&gt;</c>.</summary>
    public string Fill(string text, bool byName)
    {
        foreach (var (parameter, id) in _ids)
        {
            var value = byName ? _names.GetValueOrDefault(parameter, id) : id;
            text = text.Replace($"{{{parameter}}}", value, StringComparison.Ordinal).Replace($"<{parameter}>", value, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>What the caller must not read anywhere.</summary>
    public IEnumerable<string> SecretsFrom(ApiCaller caller) =>
        caller == Owner || caller == Device ? []
        : caller == Member ? _ownersAlone
        : caller == Invited || caller == Suspended ? _ownersAlone.Concat(_ofMembers)
        : _ownersAlone.Concat(_ofMembers).Concat(_ofInvited);

    private async Task AddModelAsync(string name)
    {
        var model = $"{name}-model";
        Add("model", await Owner.PushAsync(model, await TestWeights.FileAsync(1)), model, _ofMembers);
        (await Owner.UploadAsync(model, "2.0.0", await TestWeights.FileAsync(2))).Ok();
        (await Owner.PutAsync($"/models/{model}/aliases/{name}-alias", new { version = "1.0.0" })).Ok();
        Add("alias", $"{name}-alias", null, _ofMembers);
        (_ids["version"], _ids["other"]) = ("1.0.0", "2.0.0");
        _ofMembers.Add(TestWeights.Sha256(await TestWeights.FileAsync(1)));

        var rollout = (await Owner.PostAsync($"/models/{model}/rollouts", new { version = "2.0.0", rollout_percentage = 10, start_immediately = false })).Ok();
        Add("rollout", rollout.Text("id"), null, _ownersAlone);

        var experiment = (await Owner.PostAsync("/experiments", ExperimentScene.Request($"{name}-experiment", model))).Ok();
        (await Owner.PostAsync($"/experiments/{name}-experiment/start")).Ok();
        Add("experiment", experiment.Text("id"), $"{name}-experiment", _ownersAlone);
    }

    private async Task AddDevicesAsync(string name)
    {
        foreach (var parameter in (string[])["device", "second", "third"])
        {
            var identifier = $"{name}-{parameter}";
            Add(parameter, (await RegisterAsync(Owner, identifier)).Text("id"), identifier, _ownersAlone);
        }

        Add("fingerprint", TestWeights.Sha256(System.Text.Encoding.UTF8.GetBytes(name)), null, _ownersAlone);
        (await Owner.PostAsync($"/devices/{_ids["device"]}/certificates", new { fingerprint = _ids["fingerprint"] })).Ok();
        (await Owner.PostAsync("/device-groups", new { name = $"{name}-group" })).Ok();
        Add("group", $"{name}-group", null, _ownersAlone);
        (await Owner.PostAsync($"/device-groups/{name}-group/devices", new { devices = new[] { _ids["device"] } })).Ok();
        Device = Owner.With((await Owner.PostAsync($"/devices/{_ids["second"]}/token")).Ok().Text("access_token"));
        RevokedDevice = Owner.With((await Owner.PostAsync($"/devices/{_ids["third"]}/token")).Ok().Text("access_token"));
        (await Owner.PostAsync($"/devices/{_ids["third"]}/revoke")).Ok();
        await RegisterAsync(Member, "member-device");
        SuspendedDevice = (await RegisterAsync(Suspended, "suspended-device")).Text("id");
    }

    private async Task AddKeyAndPersonAsync(string name)
    {
        var key = (await Owner.PostAsync("/api-keys", new { name = $"{name}-key", scopes = new[] { Scopes.DevicesRead } })).Ok();
        Add("id", key.Text("id"), null, _ownersAlone);
        _ownersAlone.AddRange(key.Text("api_key"), $"{name}-key");
        var revoked = await Owner.CreateKeyAsync([.. Scopes.OfAnAdministrator]);
        (await Owner.PostAsync($"/api-keys/{revoked.Text("id")}/revoke")).Ok();
        RevokedKey = Owner.With(revoked.Text("api_key"));

        // Nobody is there.
        var webhook = (await Owner.PostAsync("/webhooks", new { url = $"http://127.0.0.1:9/{name}-hook" })).Ok();
        Add("webhook", webhook.Text("id"), null, _ownersAlone);
        _ownersAlone.AddRange(webhook.Text("secret"), $"{name}-hook");

        var email = $"{name}@person.example";
        var person = (await Owner.PostAsync("/orgs/default/members", new { email, role = Roles.Viewer })).Ok();
        Add("member", person.Text("id"), email, _ownersAlone);
        _ownersAlone.Add(person.Text("invitation"));
        (await Owner.With(null).PostAsync("/auth/invitations/accept", new { invitation = person.Text("invitation"), password = "correct horse battery" })).Ok();
    }

    private async Task AddFederationAsync(string name)
    {
        var federation = $"{name}-federation";
        Add("federation", (await Owner.PostAsync("/federations", new { name = federation })).Ok().Text("id"), federation, _ofInvited);
        Add("org", Owner.OrganizationId, null, _ofInvited);
        _ids["stranger"] = Other.OrganizationId;
        _ofInvited.Add($"{name}-owner");
        await InviteAsync(Member, Invited, Suspended);
        foreach (var caller in (ApiCaller[])[Member, Suspended])
        {
            (await caller.PostAsync($"/federations/{_ids["federation"]}/join", new { })).Ok();
        }

        (await Owner.PostAsync($"/federations/{federation}/models", new { model_id = _ids["model"] })).Ok();
    }

    private async Task AddRoundAsync()
    {
        var started = (await Owner.PostAsync("/training/sessions", new { model_id = _ids["model"], rounds = 3, min_devices = 4, min_updates = 2 })).Ok();
        Add("session", started.Text("session_id"), null, _ofMembers);
        Add("round", (await TrainingScene.AssignmentAsync(Owner, _ids["device"])).Text("round_id"), null, _ofMembers);
        await TrainingScene.AssignmentAsync(Suspended, SuspendedDevice);
        (await Owner.PostAsync($"/federations/{_ids["federation"]}/suspend", new { org_ids = new[] { Suspended.OrganizationId } })).Ok();
    }

    private async Task InviteAsync(params ApiCaller[] callers) => (await Owner.PostAsync(
        $"/federations/{_ids["federation"]}/invite", new { org_ids = callers.Select(caller => caller.OrganizationId).ToArray() })).Ok();

    private void Add(string parameter, string id, string? name, List<string> secrets)
    {
        _ids[parameter] = id;
        secrets.Add(id);
        if (name is not null)
        {
            _names[parameter] = name;
            secrets.Add(name);
        }
    }

    private static async Task<JsonElement> RegisterAsync(ApiCaller caller, string identifier) =>
        (await caller.PostAsync("/devices/register", new { device_identifier = identifier })).Ok();
}
