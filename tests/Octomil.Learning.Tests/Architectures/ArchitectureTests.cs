using Octomil.Learning.Aggregation;
using Octomil.Learning.Architectures;

namespace Octomil.Learning.Tests.Architectures;

public sealed class ArchitectureTests
{
    private const string Valid =
        """{"kind":"mlp","output_type":"binary","output_dim":1,"target_col":"y","classes":["no","yes"],"hidden":[4],"activation":"relu","features":[{"name":"age","type":"number","range":[0,100]},{"name":"cp","type":"category","categories":["1","2"]},{"name":"chol","type":"number","missing":["0"]}],"seed":1,"scaled":false}""";

    private const string ValidImage =
        """{"kind":"cnn","output_type":"regression","output_dim":1,"target_col":"y","hidden":[],"activation":"relu","conv":[2],"image":{"channels":2,"height":4,"width":4},"seed":1,"scaled":false}""";

    [Theory]
    [InlineData(Valid)]
    [InlineData(ValidImage)]
    public void ToJson_OfCanonicalJson_IsThatJson(string json) => Assert.Equal(json, Architecture.Parse(json).ToJson());

    [Fact]
    public void Parse_OfTheLeastThatIsNeeded_FillsInTheDefaults()
    {
        var architecture = Architecture.Parse("""{"kind":"linear","output_type":"regression","target_col":"y","features":[{"name":"a","type":"number","unit":"mm"}],"extra":{},"classes":null}""");

        Assert.Equal("""{"kind":"linear","output_type":"regression","output_dim":1,"target_col":"y","features":[{"name":"a","type":"number"}],"seed":1,"scaled":false}""", architecture.ToJson());
    }

    [Fact]
    public void Columns_OfFeatures_AreInTheirOrder()
    {
        var architecture = Architecture.Parse(Valid);

        Assert.Equal([new("age", 0, null), new("cp=1", 1, 0), new("cp=2", 1, 1), new("chol", 2, null)], architecture.Columns);
        Assert.Equal((4, 4), (architecture.ColumnCount, architecture.ScaleCount));
    }

    [Theory]
    [InlineData(0, " NA ", true)]
    [InlineData(0, "nan", true)]
    [InlineData(0, "", true)]
    [InlineData(0, "0", false)]
    [InlineData(2, "0", true)]
    [InlineData(2, "NA", false)]
    public void IsMissing_OfACell_FollowsTheFeature(int feature, string cell, bool missing) =>
        Assert.Equal(missing, Architecture.Parse(Valid).Features[feature].IsMissing(cell));

    [Theory]
    [InlineData("\"kind\":\"mlp\"", "\"kind\":\"transformer\"", "kind", "cnn or linear or mlp")]
    [InlineData("\"kind\":\"mlp\"", "\"kind\":\"cnn\"", "image", "cnn")]
    [InlineData("\"kind\":\"mlp\"", "\"kind\":\"linear\"", "hidden", "absent")]
    [InlineData("\"binary\"", "\"ranking\"", "output_type", "binary or multiclass or regression")]
    [InlineData("\"binary\"", "\"regression\"", "classes", "absent")]
    [InlineData("\"output_dim\":1", "\"output_dim\":2", "output_dim", "1: one logit")]
    [InlineData("\"target_col\":\"y\",", "", "target_col", "given")]
    [InlineData("\"target_col\":\"y\"", "\"target_col\":\"age\"", "features", "without the target")]
    [InlineData("[\"no\",\"yes\"]", "[\"no\"]", "classes", "two labels")]
    [InlineData("[\"no\",\"yes\"]", "[\"no\",\" no\"]", "classes", "different")]
    [InlineData("\"hidden\":[4]", "\"hidden\":[0]", "hidden", "whole numbers from 1")]
    [InlineData("\"hidden\":[4]", "\"hidden\":[65536,65536]", "hidden", "smaller")]
    [InlineData("\"hidden\":[4]", "\"hidden\":[]", "hidden", "at least one width")]
    [InlineData("\"hidden\":[4]", "\"hidden\":[1e99]", "hidden", "whole numbers")]
    [InlineData("\"relu\"", "\"gelu\"", "activation", "relu")]
    [InlineData("\"seed\":1", "\"seed\":-1", "seed", "2^63 - 1")]
    [InlineData("\"seed\":1", "\"seed\":9223372036854775808", "seed", "2^63 - 1")]
    [InlineData("\"scaled\":false", "\"scaled\":\"no\"", "scaled", "true or false")]
    [InlineData("\"name\":\"cp\"", "\"name\":\"age\"", "features[1].name", "different")]
    [InlineData("\"categories\":[\"1\",\"2\"]", "\"categories\":[]", "features[1].categories", "given for a category")]
    [InlineData("[0,100]", "[100,0]", "features[0].range", "lower first")]
    [InlineData("[0,100]", "[0,1e999]", "features[0].range", "finite")]
    [InlineData("\"seed\":1", "\"seed\":1,\"conv\":[2]", "conv", "absent")]
    [InlineData("\"seed\":1", "\"seed\":1,\"image\":{\"channels\":1,\"height\":2,\"width\":2}", "features", "not both")]
    public void Parse_OfAWrongField_NamesIt(string right, string wrong, string field, string expected)
    {
        var exception = Assert.Throws<ArchitectureException>(() => Architecture.Parse(Valid.Replace(right, wrong, StringComparison.Ordinal)));

        Assert.Equal(field, exception.Field);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"conv\":[2]", "\"conv\":[2,2,2]", "conv")]
    [InlineData("\"conv\":[2]", "\"conv\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "conv")]
    [InlineData("\"channels\":2", "\"channels\":1000", "image.channels")]
    [InlineData("\"height\":4", "\"height\":0", "image.height")]
    [InlineData("{\"channels\":2,\"height\":4,\"width\":4}", "[4,4]", "image")]
    public void Parse_OfAWrongImage_NamesTheField(string right, string wrong, string field) =>
        Assert.Equal(field, Assert.Throws<ArchitectureException>(() => Architecture.Parse(ValidImage.Replace(right, wrong, StringComparison.Ordinal))).Field);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"kind\":\"mlp\",\"output_type\":\"regression\",\"target_col\":\"\\ud800\"}")]
    public void Parse_OfOtherText_IsRefused(string json) => Assert.Throws<ArchitectureException>(() => Architecture.Parse(json));

    [Fact]
    public void Scaling_FromStatistics_LeavesOneHotColumnsAlone()
    {
        var architecture = Architecture.Parse(Valid);
        var statistics = new InputStatistics(4, new Dictionary<string, FeatureStatistics> { ["age"] = new(4, 50, 400), ["chol"] = new(4, 7, 1e-12), ["cp"] = new(4, 9, 9) });

        var weights = InputScaling.FromStatistics(architecture, statistics).ApplyTo(architecture.Initialize());

        Assert.Equal([50, 0, 0, 7], weights.Frozen("input.mean"));
        Assert.Equal([10, 1, 1, 1], weights.Frozen("input.std"));
    }

    [Fact]
    public void Scaling_OfImages_IsByChannel()
    {
        var architecture = Architecture.Parse(ValidImage);
        var statistics = new InputStatistics(1, new Dictionary<string, FeatureStatistics> { [InputStatistics.ChannelName(1)] = new(16, 0.5, 1) });

        var scaling = InputScaling.FromStatistics(architecture, statistics);

        Assert.Equal([0, 0.5f], scaling.Mean);
        Assert.Equal([1, 0.25f], scaling.Deviation);
    }
}
