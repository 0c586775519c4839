using System.Collections.Immutable;
using Octomil.Devices;
using Xunit;

namespace Octomil.Training;

public sealed class AsynchronousCohortTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Carry_LeavesThoseBehindThatAreTooOldTooLateOrOfNoMember()
    {
        ImmutableArray<OutstandingDevice> outstanding =
        [
            Device("a", "org_a", round: 5), Device("b", "org_a", round: 3), Device("c", "org_a", round: 2),
            Device("d", "org_gone", round: 5), Device("e", "org_a", round: 5, deadline: Now),
        ];

        var carried = AsynchronousCohort.Carry(outstanding, new HashSet<string> { "org_a" }, roundNumber: 6, maxStaleness: 3, Now);

        Assert.Equal(["a", "b"], carried.Select(device => device.DeviceId));
    }

    [Fact]
    public void Fill_GivesFreePlacesToDevicesWithoutATask()
    {
        ImmutableArray<OutstandingDevice> carried = [Device("d3", "org_a", 1), Device("elsewhere", "org_a", 1)];
        var drawn = new Cohort(["org_a"], [.. Enumerable.Range(0, 10).Select(i => (new DrawnDevice { Id = $"d{i}" }, 0))]);

        var chosen = Enumerable.Range(0, 200)
            .Select(seed => AsynchronousCohort.Fill(drawn, carried, places: 5, (ulong)seed).Members.Select(member => member.Device.Id).ToList())
            .ToList();

        Assert.All(chosen, ids => Assert.Equal(3, ids.Distinct().Count()));
        Assert.All(chosen, ids => Assert.DoesNotContain("d3", ids));
        Assert.All(chosen, ids => Assert.Equal(ids.Order(StringComparer.Ordinal), ids));
        Assert.Equal(9, chosen.SelectMany(ids => ids).Distinct().Count());
        Assert.Empty(AsynchronousCohort.Fill(drawn, carried, places: 1, 0).Members);
    }

    [Fact]
    public void Join_KeepsEachDevicesBaseAndOrganization()
    {
        var plan = Plans.Of(devices: 3, min: 2) with { RoundNumber = 7 };
        var own = plan.Devices.Select((id, index) => (id, plan.Organizations[plan.OrganizationOfDevice[index]])).ToList();
        ImmutableArray<OutstandingDevice> carried = [Device("dev_zz", "org_0", 5), Device("dev_00", "org_zz", 6), Device("dev_zy", "org_0", 5)];

        var joined = AsynchronousCohort.Join(plan, carried, bufferSize: 4, maxStaleness: 9);

        Assert.Equal(joined.Devices.Order(StringComparer.Ordinal), joined.Devices);
        Assert.Equal(joined.Organizations.Order(StringComparer.Ordinal), joined.Organizations);
        Assert.Equal((6, 4, 2), (joined.Devices.Length, joined.TargetUpdates, joined.MinUpdates));
        Assert.Equal([5, 6], joined.EarlierBases.Select(earlier => earlier.RoundNumber));
        Assert.True(joined.IsAsynchronous);

        foreach (var (id, organization) in own)
        {
            Assert.Equal((organization, plan.OwnBase), Of(joined, id));
        }

        foreach (var device in carried)
        {
            Assert.Equal((device.OrganizationId, device.Base), Of(joined, device.DeviceId));
        }
    }

    private static (string, RoundBase) Of(RoundPlan plan, string device) =>
        (plan.Organizations[plan.OrganizationOfDevice[plan.IndexOf(device)]], plan.BaseOf(plan.IndexOf(device)));

    private static OutstandingDevice Device(string id, string organization, int round, DateTimeOffset? deadline = null) => new()
    {
        DeviceId = id,
        OrganizationId = organization,
        Base = new RoundBase
        {
            RoundId = $"rnd_{round:x16}", RoundNumber = round, Deadline = deadline ?? Now + TimeSpan.FromMinutes(1),
            Weights = new WeightsRef { Sha256 = new string('0', 64), Bytes = 1, RunId = "run_0" },
        },
    };
}
