using Octomil.Client.Http;
using Octomil.DeviceSimulator.Histories;
using Octomil.Models;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>After a simulation: asks the service what it counted and published, as any tenant may, and writes it into the history.</summary>
internal sealed class HistoryFacts(SimulationOptions options, SimulatedServers servers)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <param name="rounds">The rounds that devices were offered.</param>
    /// <param name="history">Where it goes.</param>
    /// <param name="patience">How long a round of a run that is over may take to be published or abandoned, and the service to answer.</param>
    /// <exception cref="OctomilException">The service refuses to say, or is away.</exception>
    public async Task RecordAsync(IReadOnlyCollection<string> rounds, HistoryWriter history, TimeSpan patience, CancellationToken cancellationToken)
    {
        var until = DateTimeOffset.UtcNow + patience;
        var run = await AskAsync(api => api.GetTrainingStatusAsync(options.Model, cancellationToken), until, cancellationToken);

        // An asynchronous round may have had no place for a device that has no task, and so was offered to none.
        foreach (var round in rounds.Union(run.History?.Select(closed => closed.RoundId) ?? [], StringComparer.Ordinal))
        {
            history.Record(new HistoryEvent { Kind = HistoryKinds.Round, Contributions = await RoundAsync(round, run, until, cancellationToken) });
        }

        var versions = await AskAsync(api => api.GetAsync<ModelVersionList>($"models/{Uri.EscapeDataString(options.Model)}/versions?limit=100", cancellationToken), DateTimeOffset.UtcNow + patience, cancellationToken);
        history.Record(new HistoryEvent { Kind = HistoryKinds.End, Run = run, Versions = versions.Versions });
    }

    private async Task<RoundContributionsResponse> RoundAsync(string round, TrainingStatusResponse run, DateTimeOffset until, CancellationToken cancellationToken)
    {
        while (true)
        {
            var parts = new List<RoundContributionsResponse>();
            foreach (var key in options.Keys.Distinct(StringComparer.Ordinal))
            {
                parts.Add(await AskAsync(api => api.GetAsync<RoundContributionsResponse>($"training/rounds/{round}/contributions", cancellationToken), until, cancellationToken, key));
            }

            // The run's end is saved before its last round is told so.
            if (parts[0].Status is "published" or "abandoned" || run.EndedAt is null || DateTimeOffset.UtcNow > until)
            {
                return parts[0] with { Devices = [.. parts.SelectMany(part => part.Devices).DistinctBy(device => (device.DeviceId, device.Counted, device.BaseRoundId))] };
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<T> AskAsync<T>(Func<OctomilApi, Task<T>> ask, DateTimeOffset until, CancellationToken cancellationToken, string? key = null)
    {
        while (true)
        {
            try
            {
                return await ask(servers.First(key ?? options.Keys[0]));
            }
            catch (OctomilException exception) when (exception.IsTransient && DateTimeOffset.UtcNow < until)
            {
                await Task.Delay(exception.RetryAfter ?? Pause, cancellationToken);
            }
        }
    }
}
