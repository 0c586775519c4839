using Octomil.Client.Http;
using Xunit;

namespace Octomil.Client.Tests.Http;

public sealed class ApiAddressTests
{
    [Theory]
    [InlineData("http://localhost:5000", "http://localhost:5000")]
    [InlineData("http://localhost:5000/api/v1/", "http://localhost:5000")]
    [InlineData("https://example.org/octomil/api/v1", "https://example.org/octomil")]
    public void Address_WithOrWithoutThePrefix_IsTheSame(string given, string root)
    {
        var address = new ApiAddress(given);

        Assert.Equal($"{root}/api/v1/models", address.For("models").ToString());
        Assert.Equal($"{root}/hubs/devices", address.DeviceHub.ToString());
        Assert.Equal($"{root}/api/v1/x", address.Resolve("/api/v1/x").ToString());
    }

    [Theory]
    [InlineData("localhost:5000")]
    [InlineData("/api")]
    [InlineData("")]
    public void Address_ThatIsNone_IsRefused(string given) => Assert.Throws<ArgumentException>(() => new ApiAddress(given));

    [Fact]
    public void Owns_OfAnotherHost_IsFalseSoThatTheKeyStaysHere()
    {
        var address = new ApiAddress("https://example.org");

        Assert.True(address.Owns(address.Resolve("/api/v1/training/rounds/x/base")));
        Assert.False(address.Owns(address.Resolve("https://elsewhere.org/base")));
    }
}
