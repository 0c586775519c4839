using System.Net;
using Xunit;

namespace Octomil.Webhooks;

public sealed class WebhookAddressesTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("2001:0:a00:1::1")]
    public void IsPublic_OfAnAddressThatIsNotOnTheInternet_IsFalse(string address) => Assert.False(WebhookAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("2606:4700:4700::1111")]
    public void IsPublic_OfAnAddressOnTheInternet_IsTrue(string address) => Assert.True(WebhookAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://example.org/hook")]
    [InlineData("ftp://example.org/hook")]
    [InlineData("file:///etc/passwd")]
    [InlineData("example.org")]
    [InlineData("/hook")]
    [InlineData("https://ada:secret@example.org/")]
    [InlineData("https://example.org/#part")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    public void Refuse_OfAUrlThatIsNotSentTo_SaysWhy(string url) => Assert.NotNull(WebhookAddresses.Refuse(url, allowPrivate: false));

    [Theory]
    [InlineData("https://example.org/hook?key=1", false)]
    [InlineData("https://1.1.1.1:8443/", false)]
    [InlineData("http://127.0.0.1:5000/hook", true)]
    public void Refuse_OfAUrlThatIsSentTo_IsNull(string url, bool allowPrivate) => Assert.Null(WebhookAddresses.Refuse(url, allowPrivate));
}
