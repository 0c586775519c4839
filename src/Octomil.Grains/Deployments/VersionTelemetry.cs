using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Octomil.Deployments;

internal sealed partial class VersionTelemetry(IGrainFactory grains, TimeProvider clock, ILogger<VersionTelemetry> logger) : BackgroundService, IVersionTelemetry
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Dictionary<(string OrganizationId, string ModelId, string Version), VersionCounts> _sums = [];

    public void Add(string organizationId, string modelId, CountedVersion counted)
    {
        lock (_gate)
        {
            var key = (organizationId, modelId, counted.Version);
            _sums[key] = _sums.GetValueOrDefault(key, VersionCounts.None).Plus(counted.Counts);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await Task.WhenAll(Take().GroupBy(sum => (sum.Key.OrganizationId, sum.Key.ModelId)).Select(model => PassOnAsync(
                model.Key.OrganizationId, model.Key.ModelId,
                [.. model.Select(sum => new CountedVersion { Version = sum.Key.Version, Counts = sum.Value })])));
        }
    }

    private Dictionary<(string OrganizationId, string ModelId, string Version), VersionCounts> Take()
    {
        lock (_gate)
        {
            var taken = _sums;
            _sums = [];
            return taken;
        }
    }

    private async Task PassOnAsync(string organizationId, string modelId, System.Collections.Immutable.ImmutableArray<CountedVersion> counted)
    {
        try
        {
            await grains.GetDeployment(organizationId, modelId).CountAsync(counted);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Counted twice would be worse: whether the call arrived is not known.
            LogLost(logger, exception, organizationId, modelId);
        }
    }

    [LoggerMessage(2410, LogLevel.Warning, "{OrganizationId}, {ModelId}: what devices counted in a second was lost.")]
    private static partial void LogLost(ILogger logger, Exception exception, string organizationId, string modelId);
}
