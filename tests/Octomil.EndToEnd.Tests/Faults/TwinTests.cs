using System.Collections.Concurrent;
using System.Net;
using Octomil.Client;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>Two clients with one identifier, connected at the same time: a machine image that was copied with its configuration.</summary>
[Collection(SharedServer.Collection)]
public sealed class TwinTests(SharedServer shared)
{
    private const int Rounds = 2;
    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(1000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithTwoClientsOfOneIdentifier_CountsOneUpdateARoundAndGivesBothItsReceipt()
    {
        var calm = await RunAsync(twins: 1);
        var disturbed = await RunAsync(twins: 2);

        Assert.Equal(calm, disturbed);
    }

    private async Task<string> RunAsync(int twins)
    {
        using var tenant = await Tenant.CreateAsync(shared.Server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var other = (await ScriptedDevice.RegisterAsync(tenant, Layout, 1, Cancellation))[0];
        using var receipts = new Receipts();
        var trained = new Meeting(twins);
        var running = Enumerable.Range(0, twins).Select(_ => TakePartAsync(tenant, receipts, trained)).ToArray();
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", 2), ("min_updates", 2));

        for (var round = 1; round <= Rounds; round++)
        {
            // The other device holds the round open until every twin has its answer.
            var roundId = await other.RoundAsync(round, Cancellation);
            await tenant.UntilAsync(() => Task.FromResult(receipts.Of(roundId).Length == twins), $"{twins} answers to one device", Cancellation);
            Assert.Equal(1, await tenant.UpdatesAsync(Cancellation));
            Assert.All(receipts.Of(roundId), receipt => Assert.Equal(HttpStatusCode.OK, receipt.Status));
            Assert.Single(receipts.Of(roundId).Select(receipt => receipt.Body).Distinct());
            Assert.Equal(HttpStatusCode.OK, (await other.PutAsync(roundId, round, Cancellation)).Status);
        }

        var sha256 = await tenant.CompletedAsync(Cancellation);
        Assert.Equal("2 2", string.Join(' ', await tenant.HistoryAsync(Cancellation)));
        Assert.All(await Task.WhenAll(running), summary => Assert.Equal(Rounds, summary.RoundsTrained));
        return sha256;
    }

    // Twins train alike, as they have the same identifier and data: they send when all have trained.
    private static async Task<TrainingSummary> TakePartAsync(Tenant tenant, Receipts receipts, Meeting trained)
    {
        using var client = new FederatedClient(tenant.Key, "hospital-001", new FederatedClientOptions { ApiBase = tenant.Server.Address, Handler = receipts });
        return await client.TrainFromRemoteAsync(Tenant.Model, async (weights, token) =>
        {
            await trained.ArriveAsync().WaitAsync(token);
            return new LocalTrainingResult(weights.WithTrained([.. weights.Trained.Select(value => value + 0.25f)]), SampleCount: 20);
        }, Rounds, Wait.Patience, Cancellation);
    }

    /// <summary>Lets nobody go on before all have come; then it begins anew.</summary>
    private sealed class Meeting(int participants)
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _arrived;

        public Task ArriveAsync()
        {
            lock (_gate)
            {
                var complete = _complete;

                if (++_arrived == participants)
                {
                    complete.SetResult();
                    (_complete, _arrived) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
                }

                return complete.Task;
            }
        }
    }

    /// <summary>Sends requests, and keeps the answers to updates.</summary>
    private sealed class Receipts() : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly ConcurrentQueue<(string Path, Answer Answer)> _answers = [];

        public Answer[] Of(string roundId) =>
            [.. _answers.Where(entry => entry.Path.Contains(roundId, StringComparison.Ordinal)).Select(entry => entry.Answer)];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);

            if (request.Method == HttpMethod.Put)
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                _answers.Enqueue((request.RequestUri!.AbsolutePath, await Answer.ReadAsync(response, cancellationToken)));
            }

            return response;
        }
    }
}
