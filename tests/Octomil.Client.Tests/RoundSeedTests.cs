using Xunit;

namespace Octomil.Client.Tests;

public sealed class RoundSeedTests
{
    // Computed with Python's hashlib and struct.pack(">qi", ...).
    [Theory]
    [InlineData(42, 3, "dev_0000000000000001", 9119541446751637046)]
    [InlineData(long.MaxValue, 1, "dev_é", 10614787749056371062)]
    public void For_OfRunRoundAndDevice_IsTheFirstEightBytesOfTheHash(long seed, int round, string device, ulong expected) =>
        Assert.Equal(expected, RoundSeed.For(seed, round, device));
}
