using System.Collections.Concurrent;
using System.Net;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>Whatever a caller with a valid key sends: it is served or refused with a reason, and is no error of the server.</summary>
public sealed class NonsenseTests(ApiServer server)
{
    private static readonly string[] _names =
    [
        "x", "dev_0123456789abcdef", "mdl_0123456789abcdef", "fed_01234567", "run_0123456789abcdef", "rnd_0123456789abcdef", "a%2Fb", "%C3%BC%20%F0%9F%92%A9", "..%2F..",
        new('y', 600),
    ];

    private static readonly string?[] _bodies =
    [
        null, "", "{}", "[]", "null", "1", "\"x\"", "{\"a\":", """{"name": null}""", """{"name": "\u0000"}""", """{"name": "x", "scopes": [null]}""",
        """{"org_ids": [null]}""", """{"devices": [null]}""", """{"model_id": ""}""", """{"model_id": "\u0000", "params": {"a": null}}""",
        """{"device_identifier": "d\ud800"}""", """{"device_identifier": "d", "metadata": null, "feature_schema": [null]}""",
        """{"rows": 1, "features": {"x": null}}""", """{"rows": 9223372036854775807, "features": {"": {"count": 1, "mean": 1e308, "m2": 1e308}}}""",
        """{"eval_count": 1e400}""", """{"metadata": {"": {"a": [1]}}}""",
    ];

    [Fact]
    public async Task Calls_OfEveryOperationWithNonsense_AreRefusedWithAReason()
    {
        var admin = await server.OrganizationAsync("Sends nonsense");
        var operations = (await Operation.AllAsync(server)).Where(operation => operation.Path.StartsWith("/api/", StringComparison.Ordinal)).ToList();

        var failures = new ConcurrentBag<string>();

        await Parallel.ForEachAsync(operations, TestContext.Current.CancellationToken, async (operation, _) =>
        {
            foreach (var name in operation.Path.Contains('{', StringComparison.Ordinal) ? _names : _names[..1])
            {
                foreach (var body in operation.Method is "GET" or "HEAD" ? _bodies[..1] : _bodies)
                {
                    await CallAsync(admin, operation, name, body, failures);
                }
            }
        });

        Assert.True(failures.IsEmpty, string.Join('\n', failures));
    }

    private static async Task CallAsync(ApiCaller caller, Operation operation, string name, string? body, ConcurrentBag<string> failures)
    {
        var content = body is null ? null : new StringContent(body, null, "application/json");
        var answer = await caller.SendAsync(new HttpMethod(operation.Method), operation.PathWith(name), content);

        var hasReason = answer.ContentHeaders.ContentType?.MediaType is "application/problem+json" || operation.Method is "HEAD";
        if (answer.Status is not HttpStatusCode.OK && ((int)answer.Status >= 500 || !hasReason))
        {
            failures.Add($"{answer.What} {body}: {(int)answer.Status} {answer.Text}");
        }
    }
}
