using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// A million registered devices of one organization, all of them ready: drawing a cohort of 1,000, which is counting the partitions and
/// drawing from each, as a run does; and reading a page of the list.
/// </summary>
internal sealed class CohortBenchmark : IBenchmark
{
    private const int Devices = 1_000_000;
    private const int Cohort = 1_000;
    private const int Batch = 10_000;
    private const int Draws = 50;
    private const int WarmUp = 10;
    private const double GoalMilliseconds = 50;
    private const string Organization = "org_0badc0de";

    public string Name => "cohort";

    public Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken) => SiloHost.RunAsync(Name, SiloHost.BuildGrains, MeasureAsync, cancellationToken);

    private static async Task<IReadOnlyList<Measurement>> MeasureAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var registry = services.GetRequiredService<IDeviceRegistry>();
        var rows = await TimeAsync(async () =>
        {
            for (var begin = 0; begin < Devices; begin += Batch)
            {
                await registry.UpsertAsync([.. Enumerable.Range(begin, Batch).Select(Row)], cancellationToken);
            }
        });

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var grains = services.GetRequiredService<IGrainFactory>();
        var ready = await TimeAsync(() => Parallel.ForAsync(0, Devices, cancellationToken, async (index, _) => await ReadyAsync(grains, IdOf(index))));
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Devices;

        var selector = services.GetRequiredService<CohortSelector>();
        var draws = new List<double>();
        for (var draw = -WarmUp; draw < Draws; draw++)
        {
            var seconds = await TimeAsync(() => DrawAsync(selector, (ulong)draw));
            if (draw >= 0)
            {
                draws.Add(seconds * 1000);
            }
        }

        var page = await TimeAsync(() => registry.ListAsync(Organization, null, 100, Devices / 2, cancellationToken));
        draws.Sort();
        return
        [
            Measurement.Report("a million device rows written", Devices / rows, "rows/s"),
            Measurement.Report("devices becoming ready in the directory", Devices / ready, "devices/s"),
            Measurement.Report("directory memory, each ready device", bytes, "bytes"),
            Measurement.Limit("cohort of 1,000 out of 1,000,000, median", draws[Draws / 2], "ms", GoalMilliseconds),
            Measurement.Limit("cohort of 1,000 out of 1,000,000, most of 50", draws[^1], "ms", GoalMilliseconds),
            Measurement.Report("page of 100 in the middle of the list", page * 1000, "ms"),
        ];
    }

    private static async Task DrawAsync(CohortSelector selector, ulong seed)
    {
        var counts = await selector.CountAsync([Organization], group: null);
        var cohort = await selector.DrawAsync(counts, group: null, Cohort, seed);
        if (cohort.Members.Select(member => member.Device.Id).Distinct(StringComparer.Ordinal).Count() != Cohort)
        {
            throw new InvalidOperationException("The cohort is not complete.");
        }
    }

    private static Task ReadyAsync(IGrainFactory grains, string id) =>
        grains.GetDeviceDirectory(Organization, DirectoryPartitions.Of(id, new DirectoryOptions().Partitions)).ReadyAsync(new ReadyDevice { Id = id });

    private static string IdOf(int index) => GrainKeys.DeviceId(Organization, IdentifierOf(index));

    private static string IdentifierOf(int index) => $"device-{index:0000000}";

    private static DeviceRow Row(int index) => new()
    {
        Id = IdOf(index),
        OrganizationId = Organization,
        Identifier = IdentifierOf(index),
        Platform = "linux",
        RegisteredAt = DateTimeOffset.UnixEpoch,
        LastSeenAt = DateTimeOffset.UnixEpoch,
        Groups = ImmutableSortedSet<string>.Empty,
    };

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
