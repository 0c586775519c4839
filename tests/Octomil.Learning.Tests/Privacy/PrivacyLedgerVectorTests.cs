using System.Text.Json;
using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

/// <summary>vectors/dp_ledger_scenarios.json; the scenario that claims amplification by sampling is not for this ledger.</summary>
public sealed class PrivacyLedgerVectorTests
{
    private static readonly JsonElement[] Scenarios = [.. JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "dp_ledger_scenarios.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Gaussian => [.. Scenarios.Index()
        .Where(pair => pair.Item.GetProperty("orgs").EnumerateObject().All(organization => organization.Value.GetProperty("mode").GetString() == "gaussian"))
        .Select(pair => pair.Index)];

    [Theory]
    [MemberData(nameof(Gaussian))]
    public void Ledgers_ThroughAScenario_AreAsExpectedAfterEveryStep(int scenario)
    {
        var ledgers = Scenarios[scenario].GetProperty("orgs").EnumerateObject().ToDictionary(
            organization => organization.Name,
            organization => new PrivacyLedger().Open(new PrivacyLimit { Epsilon = organization.Value.GetProperty("eps").GetDouble(), Delta = organization.Value.GetProperty("d").GetDouble() }));

        foreach (var (number, step) in Scenarios[scenario].GetProperty("steps").EnumerateArray().Index())
        {
            var organization = step.GetProperty("org").GetString()!;
            var (next, decision) = Take(ledgers[organization], step);
            ledgers[organization] = next;

            Assert.True(IsExpected(step, decision), $"Step {number}: {decision} for {step}.");
            AssertClose(step, "eps_spent", next.EpsilonSpent);
            AssertClose(step, "eps_spent_plus_reserved", next.EpsilonSpentAndReserved);
        }
    }

    [Fact]
    public void Scenarios_OfTheLedger_AreTwo() => Assert.Equal(2, Gaussian.Count);

    private static (PrivacyLedger Next, LedgerDecision Decision) Take(PrivacyLedger ledger, JsonElement step) => step.GetProperty("op").GetString() switch
    {
        "reserve" => ledger.Reserve(Round(step), RoundCost.Of(step.GetProperty("z").GetDouble(), step.GetProperty("s").GetDouble())),
        "commit" => ledger.Commit(Round(step), DateTimeOffset.UnixEpoch),
        "refund" => ledger.Refund(Round(step), DateTimeOffset.UnixEpoch),
        "set_budget" => ledger.SetLimit(ledger.Limit! with { Epsilon = step.GetProperty("epsilon").GetDouble() }),
        var other => throw new InvalidOperationException($"No such step: {other}."),
    };

    private static string Round(JsonElement step) => step.GetProperty("round").GetString()!;

    private static bool IsExpected(JsonElement step, LedgerDecision decision)
    {
        var error = step.TryGetProperty("error", out var text) ? text.GetString() : null;
        var repeated = step.TryGetProperty("idempotent", out var flag) && flag.GetBoolean();
        return (step.GetProperty("op").GetString(), error) switch
        {
            (_, "no reservation") => decision is LedgerDecision.NotReserved,
            (_, "already released: cannot refund") => decision is LedgerDecision.ReleasedAlready,
            (_, "closed id: a new attempt needs a new id") => decision is LedgerDecision.AttemptClosed,
            ("reserve", null) when !step.GetProperty("accepted").GetBoolean() => decision is LedgerDecision.BudgetExhausted,

            // The vectors call a refund of what was never granted a repetition; here it closes the attempt.
            ("refund", null) when repeated => decision is LedgerDecision.DoneBefore or LedgerDecision.Done,
            (_, null) => decision == (repeated ? LedgerDecision.DoneBefore : LedgerDecision.Done),
            _ => false,
        };
    }

    private static void AssertClose(JsonElement step, string name, double actual) =>
        Assert.InRange(actual, step.GetProperty(name).GetDouble() * (1 - 1e-9), step.GetProperty(name).GetDouble() * (1 + 1e-9));
}
