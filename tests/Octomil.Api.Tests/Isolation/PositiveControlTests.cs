using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests.Isolation;

/// <summary>
/// Each line of the table has somebody who is answered with what was asked for: its owner in the table's own scene, or a caller here, in
/// whose scene a stranger is refused just as the table says.
/// </summary>
public sealed class PositiveControlTests(ApiServer server)
{
    // It needs an identity provider, and has one in SingleSignOnTests.
    private const string SingleSignOn = "POST /api/v1/auth/sso";

    public static TheoryData<string> Operations { get; } = [.. PositiveControls.All.Keys];

    [Fact]
    public void Lines_WhoseOwnerIsRefused_AreThoseWithAScene() => Assert.Equal(
        IsolationRow.All.Where(row => !row.Answers[^1].StartsWith('2')).Select(row => row.Operation).Order(StringComparer.Ordinal),
        PositiveControls.All.Keys.Append(SingleSignOn).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Line_IsDoneForWhomItIsMeant_AndForNoStranger(string operation)
    {
        var row = IsolationRow.All.Single(row => row.Operation == operation);
        var name = $"positive-{PositiveControls.All.Keys.Order(StringComparer.Ordinal).ToList().IndexOf(operation)}";
        var control = await PositiveControls.All[operation](server, name);

        if (!row.IsOpen)
        {
            var stranger = await server.OrganizationAsync($"{name}-stranger");
            var refused = await stranger.SendAsync(new HttpMethod(row.Method), control.Path, control.Content());
            Assert.StartsWith($"{(int)refused.Status}", row.Answers[IsolationRow.Stranger], StringComparison.Ordinal);
        }

        var done = await control.Caller.SendAsync(new HttpMethod(row.Method), control.Path, control.Content());
        Assert.True((int)done.Status is >= 200 and < 300, $"{done.What}: {(int)done.Status} {done.Text}");
    }
}
