using System.Net;
using CsCheck;
using Xunit;

namespace Octomil.Devices;

public sealed class ReadySetTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly SiloAddress Silo = SiloAddress.New(IPAddress.Loopback, 1, 1);

    [Fact]
    public void Draw_OfManySizes_GivesDistinctMembersOfTheGroup() => Gen.Select(Gen.Int[0, 60], Gen.Int[0, 80], Gen.Int).Sample((size, count, seed) =>
    {
        var set = new ReadySet();
        for (var i = 0; i < size; i++)
        {
            set.Put(Device(i, i % 3 == 0 ? ["production"] : []), Noon);
        }

        var drawn = set.Draw("production", count, new Random(seed)).Select(device => device.Id).ToList();
        var members = (size + 2) / 3;

        return drawn.Count == Math.Min(count, members) && drawn.Distinct().Count() == drawn.Count
            && drawn.All(id => Convert.ToInt32(id[4..], 16) % 3 == 0) && set.Count("production") == members && set.Count(null) == size;
    });

    [Fact]
    public void Draw_OverManySeeds_IsUniform()
    {
        var set = new ReadySet();
        for (var i = 0; i < 20; i++)
        {
            set.Put(Device(i, []), Noon);
        }

        var counts = Enumerable.Range(0, 4000).SelectMany(seed => set.Draw(null, 5, new Random(seed))).CountBy(device => device.Id).ToList();

        // 1000 expected for each, standard deviation 27.
        Assert.Equal(20, counts.Count);
        Assert.All(counts, count => Assert.InRange(count.Value, 840, 1160));
    }

    [Fact]
    public void Expire_TakesOutOnlyWhoIsGoneAndSilent()
    {
        var set = new ReadySet();
        set.Put(Device(1, ["g"]) with { ConnectedTo = Silo }, Noon);
        set.Put(Device(2, ["g"]), Noon);
        set.Put(Device(3, ["g"]), Noon.AddMinutes(5));

        set.Expire(Noon.AddMinutes(3));
        Assert.Equal(2, set.Count("g"));

        set.Disconnect(Device(1, []).Id, Silo, Noon.AddMinutes(4));
        set.Expire(Noon.AddMinutes(6));
        Assert.Equal(0, set.Count("g"));
    }

    [Fact]
    public void Put_WithOtherGroups_MovesTheDevice()
    {
        var set = new ReadySet();
        set.Put(Device(1, ["a"]), Noon);
        set.Put(Device(1, ["b"]), Noon);

        Assert.Equal((0, 1, 1), (set.Count("a"), set.Count("b"), set.Count(null)));
    }

    private static ReadyDevice Device(int index, string[] groups) => new() { Id = $"dev_{index:x16}", Groups = [.. groups] };
}
