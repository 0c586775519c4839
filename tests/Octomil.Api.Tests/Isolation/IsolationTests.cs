using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests.Isolation;

/// <summary>Every operation of the API, asked for the owner's things by everybody who has none: see <see cref="IsolationTable"/>.</summary>
public sealed partial class IsolationTests(ApiServer server)
{
    // What the owner has, as it must be read again when all others have tried everything.
    private static readonly string[] _owned =
    [
        "/models", "/models/{model}/versions", "/models/{model}/aliases", "/models/{model}/rollouts", "/experiments", "/devices/{device}", "/api-keys",
        "/orgs/{org}/members", "/settings/{org}", "/privacy", "/privacy/ledger", "/federations", "/federations/{federation}/models",
        "/webhooks", "/webhooks/{webhook}/deliveries",
    ];

    // Who guesses is locked out by address: these are nobody else's.
    private static readonly (string, string) _from = ("X-Forwarded-For", "192.0.2.99");

    [Fact]
    public async Task Table_HasALineForEveryOperationAndNoOther()
    {
        var operations = (await Operation.AllAsync(server)).Select(operation => $"{operation.Method} {operation.Path.TrimEnd('/')}").ToList();
        var lines = IsolationRow.All.Select(row => row.Operation).ToList();

        Assert.True(operations.Count > 90, $"Only {operations.Count} operations are documented.");
        None(
        [
            .. operations.Except(lines).Select(operation => $"'{operation}' has no line in IsolationTable.cs: say there who is answered what."),
            .. lines.Except(operations).Select(line => $"'{line}' has a line in IsolationTable.cs and is no operation of the document."),
        ]);
        Assert.Equal(lines.Count, lines.Distinct().Count());
    }

    [Fact]
    public async Task Answers_ToEverybody_AreTheTables()
    {
        var scene = await IsolationScene.CreateAsync(server, "isolated");
        var wrong = new List<string>();
        var before = await OwnedAsync(scene);

        var everybody = (ApiCaller[])[scene.Member, scene.Invited, scene.Suspended, scene.Other, scene.Device];
        var answers = new List<string[]>();
        foreach (var caller in everybody)
        {
            answers.Add(await AskAllAsync(scene, caller, wrong));
        }

        Assert.Equal(before, await OwnedAsync(scene));

        // Last, for it may do what it asks for: the others' refusals are of calls that are good.
        answers.Add(await AskAllAsync(scene, scene.Owner, wrong));
        foreach (var (row, place) in IsolationRow.All.Where(row => !row.IsOpen).Select((row, place) => (row, place)))
        {
            var actual = row with { Answers = [.. answers.Select(answer => answer[place])] };
            if (!actual.Answers.SequenceEqual(row.Answers))
            {
                wrong.Add($"{actual}\n    instead of {row}");
            }
        }

        None(wrong);
    }

    [Fact]
    public async Task Answers_ToSecretsThatAreNotGood_AreUnauthorizedOrTheOpenOnes()
    {
        var scene = await IsolationScene.CreateAsync(server, "unauthorized");
        var nobodies = (ApiCaller[])[server.Anonymous, server.As("edg_live_of_nobody_at_all_0123456789ab"), scene.RevokedKey, scene.RevokedDevice];
        var wrong = new List<string>();

        foreach (var row in IsolationRow.All)
        {
            foreach (var caller in nobodies)
            {
                var status = await AskAsync(scene, caller, row, byName: false, wrong);
                if (status != (row.IsOpen ? row.Answers[0] : "401"))
                {
                    wrong.Add($"{row.Operation}: {status} to {(caller.Key ?? "(nobody)")[..8]}");
                }
            }
        }

        None(wrong);
    }

    [Fact]
    public async Task Answers_ToKeysWithoutTheScope_AreForbidden()
    {
        var scene = await IsolationScene.CreateAsync(server, "scopeless");
        var (rollouts, training) = (await scene.Owner.WithScopesAsync(Scopes.RolloutsRead), await scene.Owner.WithScopesAsync(Scopes.TrainingRead));
        var scopes = (await Operation.AllAsync(server)).Where(operation => operation.Json.Has("description"))
            .ToDictionary(operation => $"{operation.Method} {operation.Path.TrimEnd('/')}", operation => operation.Json.Text("description"));
        var wrong = new List<string>();

        Assert.Equal(["DELETE /api/v1/auth/session", "GET /api/v1/organizations/current"],
            IsolationRow.All.Where(row => !row.IsOpen && !scopes.ContainsKey(row.Operation)).Select(row => row.Operation).Order(StringComparer.Ordinal));
        foreach (var row in IsolationRow.All.Where(row => scopes.ContainsKey(row.Operation)))
        {
            var lacking = scopes[row.Operation].Contains(Scopes.RolloutsRead, StringComparison.Ordinal) ? training : rollouts;
            var status = await AskAsync(scene, lacking, row, byName: false, wrong);
            if (status != (row.Method == "HEAD" ? "403" : $"403 {ErrorCodes.MissingScope}"))
            {
                wrong.Add($"{row.Operation}: {status} without '{scopes[row.Operation]}'");
            }
        }

        None(wrong);
    }

    private static async Task<string[]> AskAllAsync(IsolationScene scene, ApiCaller caller, List<string> wrong)
    {
        var answers = new List<string>();
        foreach (var row in IsolationRow.All.Where(row => !row.IsOpen))
        {
            // What the owner asks for it may get, and by its name it would be gone.
            var byId = await AskAsync(scene, caller, row, byName: false, wrong);
            var byName = caller == scene.Owner ? byId : await AskAsync(scene, caller, row, byName: true, wrong);
            answers.Add(byId == byName ? byId : $"{byId}, by name {byName}");
        }

        return [.. answers];
    }

    private static async Task<string> AskAsync(IsolationScene scene, ApiCaller caller, IsolationRow row, bool byName, List<string> wrong)
    {
        var path = row.PathIn(scene, byName);
        using var content = await row.ContentAsync(scene, byName);
        var body = content is null ? "" : await content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var response = await caller.OpenAsync(new HttpMethod(row.Method), path, content, HttpCompletionOption.ResponseHeadersRead, _from);

        // A run is watched until it is over.
        var isEndless = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var answer = isEndless ? "" : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var text = $"{response.Headers} {answer}";
        if (response.StatusCode >= HttpStatusCode.InternalServerError)
        {
            wrong.Add($"{row.Operation} {path}: {(int)response.StatusCode} {text}");
        }

        // A refusal may say again what was asked for.
        wrong.AddRange(scene.SecretsFrom(caller).Where(secret => !path.Contains(secret, StringComparison.Ordinal) && !body.Contains(secret, StringComparison.Ordinal)
            && text.Contains(secret, StringComparison.Ordinal)).Select(secret => $"{row.Operation} shows '{secret}': {text}"));
        var code = response.Content.Headers.ContentType?.MediaType == "application/problem+json" && row.Method != "HEAD"
            ? JsonDocument.Parse(answer).RootElement.GetProperty("code").GetString()
            : null;
        return IsolationRow.Answer((int)response.StatusCode, code, ofDevice: caller == scene.Device);
    }

    private static async Task<string> OwnedAsync(IsolationScene scene)
    {
        var texts = new List<string>();
        foreach (var path in _owned)
        {
            texts.Add($"{path} {(await scene.Owner.GetAsync(scene.Fill(path, byName: false))).Ok()}");
        }

        return SeenPattern().Replace(string.Join('\n', texts), "");
    }

    // A list of what is wrong is read whole.
    private static void None(IReadOnlyList<string> wrong) => Assert.True(wrong.Count == 0, string.Join('\n', wrong));

    // When a key was used and a device was seen is not changed by others, but by reading.
    [GeneratedRegex("\"last_[a-z]+_at\":\"[^\"]*\"")]
    private static partial Regex SeenPattern();
}
