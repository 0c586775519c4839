using System.Text.Json.Nodes;
using Octomil.Client.Tables;
using Xunit;

namespace Octomil.Client.Tests.Tables;

public sealed class ArchitectureInferenceTests
{
    [Fact]
    public void FromTable_OfNumbersAndTexts_MakesFeaturesOfThem()
    {
        var inferred = Infer("id,age,sex,note,none,ill\n7,63,m,\"a, b\",?,no\n8,,f,x,,yes\n9,41.5,m,y,NA,no\n", "ill");

        AssertJson(
            """
            {"kind":"linear","output_type":"binary","output_dim":1,"target_col":"ill","classes":["no","yes"],
             "features":[{"name":"age","type":"number"},{"name":"sex","type":"category","categories":["f","m"]},
                         {"name":"note","type":"category","categories":["a, b","x","y"]}],"seed":1}
            """,
            inferred.Architecture);
        Assert.Equal(2, inferred.Notes.Count);
    }

    [Fact]
    public void FromTable_WithDecisionsMade_FollowsThem()
    {
        var options = new ArchitectureInferenceOptions { Kind = "mlp", Hidden = [8, 4], Categories = ["cp"], Excluded = ["b"], Seed = 5 };

        var inferred = Infer("cp,b,y\n10,1,2\n9,2,0\n1,3,1\n", "y", options);

        AssertJson(
            """
            {"kind":"mlp","output_type":"multiclass","output_dim":3,"target_col":"y","classes":["0","1","2"],"hidden":[8,4],"activation":"relu",
             "features":[{"name":"cp","type":"category","categories":["1","9","10"]}],"seed":5}
            """,
            inferred.Architecture);
    }

    [Theory]
    [InlineData("a,y\n1,yes\n2,no\n", "binary", "no,yes")]
    [InlineData("a,y\n1,normal\n2,effusion\n", "binary", "normal,effusion")]
    [InlineData("a,y\n1,malignant\n2,benign\n", "binary", "benign,malignant")]
    [InlineData("a,y\n1,1\n2,0\n", "binary", "0,1")]
    [InlineData("a,y\n1,1.5\n2,0\n3,2\n", "regression", "")]
    public void FromTable_OfATarget_DecidesOutputAndOrder(string table, string output, string classes)
    {
        var architecture = Infer(table, "y").Architecture;

        Assert.Equal(output, (string?)architecture["output_type"]);
        Assert.Equal(classes, string.Join(",", architecture["classes"]?.AsArray().Select(c => (string?)c) ?? []));
    }

    [Theory]
    [InlineData("a,b\n1,2\n", "B", "Did you mean b?")]
    [InlineData("a,b\n", "b", "has a header and no rows")]
    [InlineData("a,b\n1,2\n3,2\n", "b", "fewer than 2")]
    [InlineData("a,b\n,1\n,2\n", "b", "Column a holds no value")]
    public void FromTable_OfWhatCannotBeLearned_SaysWhy(string table, string target, string message)
    {
        var refusal = Assert.Throws<DataException>(() => Infer(table, target));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private static InferredArchitecture Infer(string table, string target, ArchitectureInferenceOptions? options = null)
    {
        using var reader = new DelimitedReader(new StringReader(table));
        return ArchitectureInference.FromTable(reader, target, options ?? new ArchitectureInferenceOptions());
    }

    private static void AssertJson(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToJsonString());
}
