using Xunit;

namespace Octomil.Devices;

public sealed class DeviceRuleTests
{
    private static readonly Dictionary<string, string> Facts = new(StringComparer.Ordinal)
    {
        ["platform"] = "iOS", ["os_version"] = "17.10.2", ["battery_pct"] = "80.5", ["region"] = "eu", ["metadata.tags"] = "[\"ward\",\"icu\"]",
    };

    [Theory]
    [InlineData("platform eq ios", true)]
    [InlineData("platform eq android", false)]
    [InlineData("platform ne ios", false)]
    [InlineData("manufacturer ne Acme", true)]
    [InlineData("manufacturer eq Acme", false)]
    [InlineData("region in us, EU", true)]
    [InlineData("region in us,asia", false)]
    [InlineData("battery_pct gt 80", true)]
    [InlineData("battery_pct gt 80.5", false)]
    [InlineData("battery_pct ge 80.5", true)]
    [InlineData("battery_pct lt 9", false)]
    [InlineData("battery_pct le 100", true)]
    [InlineData("os_version ge 17.9", true)]
    [InlineData("os_version lt 17.10.2", false)]
    [InlineData("platform gt 3", false)]
    [InlineData("capabilities.gpu gt 3", false)]
    [InlineData("metadata.tags contains icu", true)]
    [InlineData("metadata.tags exists", true)]
    [InlineData("metadata.other exists", false)]
    public void Rule_HoldsOrNot(string text, bool holds)
    {
        var (rule, error) = DeviceRuleText.Parse(text);

        Assert.Null(error);
        Assert.Equal(holds, rule!.Holds(Facts));
        Assert.Equal(rule.ToString(), DeviceRuleText.Parse(rule.ToString()).Rule!.ToString());
    }

    [Theory]
    [InlineData("", "1 to 512")]
    [InlineData("platform", "an operator and a value")]
    [InlineData("platfrom eq ios", "'platfrom' is no fact")]
    [InlineData("metadata. eq ios", "'metadata.' is no fact")]
    [InlineData("platform is ios", "'is' is no operator")]
    [InlineData("platform none ios", "'none' is no operator")]
    [InlineData("platform eq", "eq needs a value")]
    [InlineData("platform exists yes", "exists takes no value")]
    [InlineData("battery_pct gt much", "'much' is neither")]
    public void Rule_ThatIsNone_IsRefusedByName(string text, string reason)
    {
        var (rule, error) = DeviceRuleText.Parse(text);

        Assert.Null(rule);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Contains(text, error, StringComparison.Ordinal);
    }
}
