using Octomil.Client.Connections;
using Xunit;

namespace Octomil.Client.Tests.Connections;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(1, 0.5)]
    [InlineData(3, 2)]
    [InlineData(11, 2)]
    [InlineData(12, 4)]
    [InlineData(15, 30)]
    [InlineData(100_000, 30)]
    public void Ceiling_OfATry_IsQuickAtFirstAndCapped(int tries, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Ceiling(tries));

    [Fact]
    public void Next_WithChance_IsAFractionOfTheCeilingOnTopOfWhatWasAsked()
    {
        var backoff = new Backoff(() => 0.5);

        Assert.Equal(TimeSpan.FromSeconds(0.125), backoff.Next());
        Assert.Equal(TimeSpan.FromSeconds(7.25), backoff.Next(TimeSpan.FromSeconds(7)));
        backoff.Reset();
        Assert.Equal(TimeSpan.FromSeconds(0.125), backoff.Next());
    }
}
