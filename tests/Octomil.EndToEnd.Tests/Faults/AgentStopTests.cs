using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A device agent that is told to stop while it is still starting.</summary>
[Collection(SharedServer.Collection)]
public sealed class AgentStopTests(SharedServer shared) : IDisposable
{
    private const int Moments = 20;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-e2e-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Agent_StoppedAtAnyMomentOfItsStart_EndsSoon(string signal, int endedBySystem)
    {
        using var tenant = await Tenant.CreateAsync(shared.Server, Cancellation);
        await tenant.PushAsync(DeviceAgents.Architecture, Cancellation);
        var table = DeviceAgents.WriteTable(_folder, "table.csv", rows: 30);

        for (var moment = 0; moment < Moments; moment++)
        {
            await using var agent = DeviceAgents.Start(tenant, "hospital-1", table);
            await Task.Delay(moment * Step, Cancellation);
            agent.Signal(signal);

            // Before the program has begun, the system ends it.
            Assert.Contains(await agent.EndAsync(Promise, Cancellation), new[] { 0, endedBySystem });
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
