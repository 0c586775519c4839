namespace Octomil.Training;

public sealed class StatusTextTests
{
    [Fact]
    public void Lines_OfARunningRun_AreTheDocumentedShape()
    {
        const string expected = """
            Training: radiology-v1 (fed_a1b2c3d4)
            Strategy: fedavg
            Round: 23 / 50    Status: IN_PROGRESS

            Contributions this round:
              org_7f8a9b0c  Acme Health    12 devices  updates: 12/12
              org_abc123    Metro General   8 devices  updates: 6/8

            Overall accuracy: 0.874 (improving)
            """;

        Assert.Equal(expected, Text(Runs.Status()));
    }

    [Fact]
    public void Lines_OfACompletedRun_AreTheTwoDocumentedLines()
    {
        const string expected = """
            Training complete: radiology-v1
            New version: 2.0.0 (aggregated from 50 rounds, 2 organizations)
            """;

        Assert.Equal(expected, Text(Runs.Completed()));
    }

    [Fact]
    public void Lines_OfOneRoundOfOneOrganization_AreSingular() =>
        Assert.Contains("(aggregated from 1 round, 1 organization)", Text(Runs.Completed() with { TotalRounds = 1, Organizations = 1 }), StringComparison.Ordinal);

    [Fact]
    public void Lines_OfAPausedRunOfOneOrganization_SayWhy()
    {
        const string expected = """
            Training: radiology-v1
            Strategy: fedavg
            Round: 3 / 50    Status: PAUSED
            Reason: round 3 failed three times: 1 of at least 2 updates

            Contributions this round:
              org_7f8a9b0c  Acme Health       12 devices  updates: 1/12
              org_abc123    Metro General      1 device   updates: 0/0   (no group named production)
              org_00000009  医療センター   10000 devices  updates: 0/0
            """;
        var status = Runs.Status("PAUSED", round: 3, accuracy: null) with
        {
            FederationId = null,
            Loss = null,
            Reason = "round 3 failed three times: 1 of at least 2 updates",
            Contributions =
            [
                new ContributionResponse { OrgId = "org_7f8a9b0c", OrgName = "Acme Health", Devices = 12, Selected = 12, Updates = 1 },
                new ContributionResponse
                {
                    OrgId = "org_abc123", OrgName = "Metro General", Devices = 1, Selected = 0, Updates = 0, Reason = "no group named production",
                },
                new ContributionResponse { OrgId = "org_00000009", OrgName = "医療センター", Devices = 10000, Selected = 0, Updates = 0 },
            ],
        };

        Assert.Equal(expected, Text(status));
    }

    [Fact]
    public void Lines_WithAnEscapeSequenceInAName_DoNotCarryIt()
    {
        var status = Runs.Status() with
        {
            Contributions = [new ContributionResponse { OrgId = "org_1", OrgName = "\u001b[2Jevil\nOverall accuracy: 1", Devices = 1, Selected = 1, Updates = 1 }],
        };

        Assert.Contains("  org_1  ?[2Jevil Overall accuracy: 1  1 device  updates: 1/1\n", Text(status), StringComparison.Ordinal);
    }

    private static string Text(TrainingStatusResponse status) => string.Join("\n", StatusText.Lines(status));
}
