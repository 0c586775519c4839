using System.Collections.Immutable;
using Xunit;

namespace Octomil.Deployments;

public sealed class RolloutShareTests
{
    private static readonly string[] Devices = [.. Enumerable.Range(0, 20_000).Select(index => GrainKeys.DeviceId("org_1", $"device-{index}"))];

    [Theory]
    [InlineData(100, 0.01)]
    [InlineData(1000, 0.10)]
    [InlineData(5000, 0.50)]
    public void Includes_OfManyDevices_HoldsThatShareOfThem(int basisPoints, double share)
    {
        var inside = Devices.Count(device => RolloutShare.Includes("rol_a", device, basisPoints));

        // Five standard deviations of a binomial count.
        Assert.InRange(inside, (Devices.Length * share) - (5 * Math.Sqrt(Devices.Length * share * (1 - share))), (Devices.Length * share) + (5 * Math.Sqrt(Devices.Length * share * (1 - share))));
    }

    [Fact]
    public void Includes_WhenThePercentageGrows_LosesNoDevice() => Assert.All(
        Enumerable.Range(0, 20), step => Assert.All(
            Devices.Take(500).Where(device => RolloutShare.Includes("rol_a", device, step * 500)),
            device => Assert.True(RolloutShare.Includes("rol_a", device, (step + 1) * 500))));

    [Fact]
    public void Includes_OfTwoRollouts_IsIndependent()
    {
        var both = Devices.Count(device => RolloutShare.Includes("rol_a", device, 5000) && RolloutShare.Includes("rol_b", device, 5000));

        Assert.InRange(both, (Devices.Length / 4) - 350, (Devices.Length / 4) + 350);
    }

    // Computed with Python: int.from_bytes(sha256(b"rol_0123456789abcdef\ndev_0123456789abcdef").digest()[:8], "big") * 10000 >> 64.
    [Fact]
    public void PlaceOf_IsTheSameForEver() => Assert.Equal(3697, RolloutShare.PlaceOf("rol_0123456789abcdef", "dev_0123456789abcdef"));

    [Fact]
    public void For_OfGroupsAndPausedRollouts_TakesTheFirstLayerThatHoldsTheDevice()
    {
        var (old, grouped, frozen) = (Version("1.0.0"), Version("1.1.0"), Version("2.0.0"));
        var rule = new VersionRule
        {
            ModelId = "mdl_1",
            ModelName = "radiology",
            Generation = 3,
            Layers =
            [
                new VersionLayer { RolloutId = "rol_c", Version = frozen, BasisPoints = 5000, Frozen = true },
                new VersionLayer { RolloutId = "rol_b", Version = grouped, Group = "beta" },
                new VersionLayer { RolloutId = "rol_a", Version = old },
            ],
        };
        var inside = Devices.First(device => RolloutShare.Includes("rol_c", device, 5000));
        var outside = Devices.First(device => !RolloutShare.Includes("rol_c", device, 5000));

        Assert.Null(rule.For(inside, ImmutableSortedSet.Create("beta")));
        Assert.Equal(grouped, rule.For(outside, ImmutableSortedSet.Create("beta")));
        Assert.Equal(old, rule.For(outside, ImmutableSortedSet<string>.Empty));
        Assert.True(rule.NeedsGroups);
    }

    private static DeployedVersion Version(string version) => new() { Version = version, Sha256 = version, Bytes = 1 };
}
