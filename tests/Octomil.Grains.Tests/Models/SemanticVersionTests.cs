using Xunit;

namespace Octomil.Models;

public sealed class SemanticVersionTests
{
    [Theory]
    [InlineData("1.0.0", true)]
    [InlineData("0.10.3-alpha.1", true)]
    [InlineData("1.0", false)]
    [InlineData("v1.0.0", false)]
    [InlineData("1.0.0+build", false)]
    [InlineData("01.0.0", false)]
    [InlineData("1.0.0-", false)]
    [InlineData("../../etc", false)]
    [InlineData(null, false)]
    public void IsValid_FollowsTheSpecification(string? text, bool valid) => Assert.Equal(valid, SemanticVersion.IsValid(text));

    [Fact]
    public void Compare_SortsAsTheSpecificationSays()
    {
        string[] sorted = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0"];
        var shuffled = sorted.OrderBy(version => version.GetHashCode(StringComparison.Ordinal)).ToArray();

        Array.Sort(shuffled, SemanticVersion.Compare);

        Assert.Equal(sorted, shuffled);
    }

    [Theory]
    [InlineData("1.4.2", "2.0.0")]
    [InlineData("0.9.0-rc.1", "1.0.0")]
    public void NextMajor_OfAVersion_IsTheNextOne(string version, string next) => Assert.Equal(next, SemanticVersion.NextMajor(version));
}
