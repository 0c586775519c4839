namespace Octomil.Organizations;

public sealed class PrivacyCommandTests
{
    private const string Put = "PUT /settings/default";

    [Fact]
    public async Task SetPolicy_SendsWhatIsGivenAndShowsWhatHolds()
    {
        await using var service = await FakeService.StartAsync();
        service.On(Put, new SettingsResponse
        {
            OrgId = "org_7f8a9b0c", PrivacyBudget = 8, Delta = 1e-5, PrivacyGranularity = PrivacyGranularities.Organization, AllowNonPrivateRuns = false,
            AutoRollbackEnabled = true, ErrorThreshold = 0.05,
        });
        using var octomil = CommandLine.For(service);

        var set = (await octomil.RunAsync("team", "set-policy", "--privacy-budget", "8", "--auto-rollback", "--error-threshold", "5%")).Expect(0);

        Assert.Equal(
            new SettingsRequest { PrivacyBudget = 8, AutoRollbackEnabled = true, ErrorThreshold = 0.05 }, service.Body<SettingsRequest>(Put));
        Assert.Equal(
            """
            Privacy budget: epsilon 8 at delta 1e-5 (organization)
            Runs without noise: left out
            Auto-rollback: on, above 5% failures

            """,
            set.Out);
    }

    [Theory]
    [InlineData("team", "set-policy")]
    [InlineData("team", "set-policy", "--auto-rollback", "--no-auto-rollback")]
    [InlineData("team", "set-policy", "--privacy-budget", "-1")]
    [InlineData("team", "set-policy", "--delta", "1.5")]
    [InlineData("team", "set-policy", "--granularity", "sample")]
    [InlineData("privacy", "new-epoch", "--privacy-budget", "1")]
    public async Task Commands_WithAWrongValue_AreRefusedBeforeAnythingIsCalled(params string[] args)
    {
        await using var service = await FakeService.StartAsync();
        using var octomil = CommandLine.For(service);

        (await octomil.RunAsync(args)).Expect(4);

        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Show_PrintsBothAccountants()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /privacy", new PrivacyResponse
        {
            OrgId = "org_7f8a9b0c", PrivacyBudget = 8, Delta = 1e-5, PrivacyGranularity = PrivacyGranularities.Organization, Epsilon = 4.377, EpsilonWithReserved = 4.4,
            EpsilonRdp = 4.73, BudgetRemaining = 3.6, MuSquaredBudget = 2.775664, MuSquaredSpent = 1, MuSquaredReserved = 0.01, RoundsConsumed = 100,
            OpenReservations = 1, Epoch = 1,
        });
        using var octomil = CommandLine.For(service);

        Assert.Equal(
            """
            Budget:    epsilon 8 at delta 1e-5 (epoch 1)
            Spent:     epsilon 4.3770 (exact, Gaussian DP), at most 4.7300 (Renyi DP)
            Reserved:  epsilon 4.4000 with 1 open round
            Ledger:    1.000000 of 2.775664 mu^2 in 100 rounds

            """,
            (await octomil.RunAsync("privacy", "show")).Expect(0).Out);
    }

    [Fact]
    public async Task Ledger_ListsRounds()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /privacy/ledger", new PrivacyLedgerResponse
        {
            Entries =
            [
                new PrivacyLedgerEntry
                {
                    RoundId = "rnd_1", SessionId = "run_1", RoundNumber = 3, Model = "m", Status = "charged", MuSquared = 0.01, EpsilonAfter = 0.375, Epoch = 1,
                    At = DateTimeOffset.UnixEpoch,
                },
            ],
            Total = 1,
        });
        using var octomil = CommandLine.For(service);

        Assert.Equal(
            """
            ROUND  RUN    MODEL  NUMBER  STATUS     MU^2  EPSILON  AT
            rnd_1  run_1  m           3  charged  0.0100   0.3750  1970-01-01 00:00:00Z

            """,
            (await octomil.RunAsync("privacy", "ledger")).Expect(0).Out);
    }
}
