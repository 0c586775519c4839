using System.Collections.Immutable;
using Octomil.Deployments;
using Xunit;

namespace Octomil.Experiments;

public sealed class ExperimentLayerTests
{
    private static readonly ImmutableSortedSet<string> NoGroups = [];
    private static readonly ImmutableSortedSet<string> Beta = ["beta"];

    [Theory]
    [InlineData(10_000, 5000)]
    [InlineData(10_000, 1000)]
    [InlineData(2000, 5000)]
    [InlineData(500, 9900)]
    public void ArmOf_DealsDevicesAsTheSplitSays(int traffic, int treatment)
    {
        var layer = Trials.Layer(traffic: traffic, treatment: treatment);

        var arms = Trials.Devices(20_000).Select(device => layer.ArmOf(device, NoGroups)?.Name).CountBy(name => name ?? "none").ToDictionary();

        // Six standard deviations of a binomial count.
        var (inside, treated) = (traffic / 10_000.0, traffic / 10_000.0 * treatment / 10_000);
        Assert.InRange(arms.GetValueOrDefault("none"), (20_000 * (1 - inside)) - Off(inside), (20_000 * (1 - inside)) + Off(inside));
        Assert.InRange(arms.GetValueOrDefault("treatment"), (20_000 * treated) - Off(treated), (20_000 * treated) + Off(treated));

        static double Off(double share) => 6 * Math.Sqrt(20_000 * share * (1 - share));
    }

    [Fact]
    public void ArmOf_WithMoreTraffic_MovesNobodyToTheOtherArm()
    {
        var (narrow, wide) = (Trials.Layer(traffic: 2000), Trials.Layer(traffic: 9000));

        Assert.All(
            Trials.Devices(5000).Where(device => narrow.ArmOf(device, NoGroups) is not null),
            device => Assert.Equal(narrow.ArmOf(device, NoGroups), wide.ArmOf(device, NoGroups)));
    }

    [Fact]
    public void ArmOf_InAnotherExperiment_IsIndependent()
    {
        var (one, other) = (Trials.Layer(), Trials.Layer("exp_ffffffffffffffff"));

        var same = Trials.Devices(10_000).Count(device => one.ArmOf(device, NoGroups)!.Name == other.ArmOf(device, NoGroups)!.Name);

        Assert.InRange(same, 4700, 5300);
    }

    [Fact]
    public void ArmOf_DevicesOutsideTheGroup_IsNone()
    {
        var layer = Trials.Layer(group: "beta");

        Assert.All(Trials.Devices(100), device => Assert.Null(layer.ArmOf(device, NoGroups)));
        Assert.All(Trials.Devices(100), device => Assert.NotNull(layer.ArmOf(device, Beta)));
    }

    [Fact]
    public void Rule_OfDevicesInAnExperiment_IsTheirArms_AndOfOthersTheRollouts()
    {
        var below = new VersionLayer { RolloutId = "rol_1", Version = Trials.Version("3.0.0") };
        var rule = new VersionRule { ModelId = "mdl_1", ModelName = "model", Generation = 1, Layers = [below], Experiment = Trials.Layer(traffic: 5000) };
        var paused = rule with { Experiment = rule.Experiment! with { Frozen = true } };

        foreach (var device in Trials.Devices(200))
        {
            var arm = rule.Experiment.ArmOf(device, NoGroups);
            Assert.Equal(arm?.Version.Version ?? "3.0.0", rule.For(device, NoGroups)!.Version);
            Assert.Equal(arm is null ? "3.0.0" : null, paused.For(device, NoGroups)?.Version);
        }

        Assert.True((rule with { Experiment = Trials.Layer(group: "beta") }).NeedsGroups);
    }
}
