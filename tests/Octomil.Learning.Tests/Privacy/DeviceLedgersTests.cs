using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

public sealed class DeviceLedgersTests
{
    // mu^2 of 2.77566: two rounds of cost 1.
    private static readonly PrivacyLimit Eight = new() { Epsilon = 8, Delta = 1e-5 };

    [Fact]
    public void Reserve_TakesDevicesThatHaveRoom_AndRefusesTheOthers()
    {
        var ledgers = Released(Released(new DeviceLedgers(), "a", "one", "two"), "b", "one");

        var (next, refused) = ledgers.Reserve("c", 1, Eight, ["one", "two", "three"]);

        Assert.Equal(["one"], refused);
        Assert.Equal(["three", "two"], next.Open["c"].Devices);
        Assert.Equal(["one"], next.Reserve("c", 1, Eight, ["one", "two", "three"]).Refused);
    }

    [Fact]
    public void Reserve_ByTwoAttempts_HoldsForBothOrForOne()
    {
        var ledgers = Released(new DeviceLedgers(), "a", "one");
        (ledgers, var first) = ledgers.Reserve("b", 1, Eight, ["one"]);
        (ledgers, var second) = ledgers.Reserve("c", 1, Eight, ["one"]);

        Assert.Empty(first);
        Assert.Equal(["one"], second);
        Assert.False(ledgers.Open.ContainsKey("c"));
        Assert.Empty(ledgers.Close("b", []).Reserve("d", 1, Eight, ["one"]).Refused);
    }

    [Fact]
    public void Close_ChargesWhoseUpdatesAreReleased_Once()
    {
        var (ledgers, _) = new DeviceLedgers().Reserve("a", 1, Eight, ["one", "two"]);

        var closed = ledgers.Close("a", ["two"]);

        Assert.Same(closed, closed.Close("a", ["one", "two"]));
        Assert.Equal(new DeviceSpending(1, 1), closed.Devices["two"]);
        Assert.False(closed.Devices.ContainsKey("one"));
        Assert.Equal(["one", "two"], closed.Reserve("a", 1, Eight, ["one", "two"]).Refused);
        Assert.Throws<PrivacyException>(() => ledgers.Close("a", ["three"]));
        Assert.Throws<PrivacyException>(() => ledgers.Close("b", ["one"]));
    }

    [Fact]
    public void Close_OfWhatWasNeverReserved_RefusesItForEver() =>
        Assert.Equal(["one"], new DeviceLedgers().Close("a", []).Reserve("a", 1, Eight, ["one"]).Refused);

    [Fact]
    public void MostParticipations_CountOpenOnesToo()
    {
        var limit = Eight with { MaxParticipations = 2 };
        var (ledgers, _) = Released(new DeviceLedgers(), "a", "one").Reserve("b", 0.01, limit, ["one"]);

        Assert.Equal(["one"], ledgers.Refused(0.01, limit, ["one", "two"]));
    }

    [Fact]
    public void Exposure_IsOfTheDeviceThatTookPartMost()
    {
        var ledgers = Released(Released(new DeviceLedgers(), "a", "one", "two"), "b", "one");

        Assert.Equal(new DeviceExposure { LargestSpent = 2, MostParticipations = 2 }, ledgers.Exposure);
        Assert.Equal(GaussianPrivacy.Epsilon(Math.Sqrt(2), 1e-5), ledgers.Exposure.Epsilon(1e-5));
    }

    private static DeviceLedgers Released(DeviceLedgers ledgers, string attempt, params string[] devices) =>
        ledgers.Reserve(attempt, 1, Eight, [.. devices]).Next.Close(attempt, devices);
}
