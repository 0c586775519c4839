using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Octomil.Storage.S3;

public sealed class S3OptionsTests
{
    [Theory]
    [InlineData("Bucket", "Not_A_Bucket")]
    [InlineData("Endpoint", "ftp://elsewhere")]
    [InlineData("Region", "nowhere!")]
    [InlineData("Prefix", "a b")]
    [InlineData("Attempts", "0")]
    [InlineData("Timeout", "00:00:00")]
    [InlineData("PartBytes", "10")]
    [InlineData("CacheBytes", "-1")]
    public void Validate_OfASettingThatCannotBe_NamesIt(string setting, string value)
    {
        var thrown = Assert.Throws<OptionsValidationException>(() => Read([.. setting == "Bucket" ? [] : new[] { ("Bucket", "a-bucket") }, (setting, value)]));

        Assert.Contains($"Octomil:Storage:S3:{setting}", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_OfASectionWithoutABucket_NamesTheBucket()
    {
        var thrown = Assert.Throws<OptionsValidationException>(() => Read(("Endpoint", "https://s3.example.org")));

        Assert.Contains("Octomil:Storage:S3:Bucket", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Payloads_AreInTheFolderOrInTheBucketThatIsNamed()
    {
        Assert.IsType<Payloads.FolderPayloads>(Provider().GetRequiredService<IPayloadStore>());
        Assert.IsType<S3Payloads>(Provider(("Bucket", "a-bucket")).GetRequiredService<IPayloadStore>());
        Assert.IsType<Payloads.FolderPayloads>(Provider(("Bucket", "a-bucket")).GetRequiredService<IKeyHalves>());
    }

    private static S3Options Read(params (string Name, string Value)[] settings) => Provider(settings).GetRequiredService<IOptions<S3Options>>().Value;

    private static ServiceProvider Provider(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"{S3Options.Section}:{setting.Name}", (string?)setting.Value)))
            .Build();
        return new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSingleton(TimeProvider.System)
            .AddSingleton(Options.Create(new StorageOptions())).AddSingleton<DataFolder>().AddPayloads(configuration).BuildServiceProvider();
    }
}
