using System.Text.Json;
using Octomil.Inference.Inputs;

namespace Octomil.Inference.Tests.Inputs;

public sealed class InputReaderTests
{
    private static readonly float[] Row = [63, 233, 0, 0, 1, 0];

    [Theory]
    [InlineData("""{"age": 63, "chol": 233, "cp": "3"}""")]
    [InlineData("""{"age": "63", "chol": 233.0, "cp": 3}""")]
    [InlineData("""Is this patient ill? {"cp": "3", "age": 63, "chol": 233} Thank you.""")]
    [InlineData("""[63, 233, "3"]""")]
    [InlineData("""[{"age": 63, "chol": 233, "cp": "3"}]""")]
    [InlineData("```json\n{\"age\": 63, \"chol\": 233, \"cp\": \"3\"}\n```")]
    [InlineData("age,chol,cp\n63,233,3")]
    [InlineData("cp;age;chol\n3;63;233\n")]
    [InlineData("Here is the table:\n\nage\tchol\tcp\n63\t233\t3\n\nWhat do you think?")]
    [InlineData("```\nage,chol,cp\n63,233,3\n```")]
    [InlineData("63,233,3")]
    [InlineData("age,chol,cp,disease\n63,233,3,ill")]
    public void ReadText_OfFeatures_GivesTheModelsColumns(string text) => Assert.Equal(Row, Read(text).Values);

    [Theory]
    [InlineData("Classify this scan.")]
    [InlineData("")]
    [InlineData("Hello, how are you [today]?")]
    [InlineData("What is {x}?")]
    public void ReadText_OfWords_ReadsNothing(string text) => Assert.Empty(Read(text).Values);

    [Fact]
    public void ReadText_OfSeveralRows_ReadsAll()
    {
        Assert.Equal([.. Row, 50, 200, 1, 0, 0, 0], Read("age,chol,cp\n63,233,3\n50,200,1").Values);
        Assert.Equal([.. Row, 50, 200, 1, 0, 0, 0], Read("""[[63, 233, "3"], [50, 200, "1"]]""").Values);
    }

    [Theory]
    [InlineData("""{"age": 63, "cp": "3"}""")]
    [InlineData("""{"age": 63, "chol": null, "cp": "3"}""")]
    [InlineData("""{"age": 63, "chol": 0, "cp": "3"}""")]
    [InlineData("age,chol,cp\n63,?,3")]
    [InlineData("age,cp\n63,3")]
    public void ReadText_WithoutAValue_LeavesNaNAndSaysSo(string text)
    {
        var (values, missing) = Read(text);

        Assert.Equal([63, float.NaN, 0, 0, 1, 0], values);
        Assert.Equal(["chol"], missing);
    }

    [Fact]
    public void ReadText_OfAnUnknownCategory_IsMissing()
    {
        var (values, missing) = Read("""{"age": 63, "chol": 233, "cp": "9"}""");

        Assert.Equal([63, 233, 0, 0, 0, 0], values);
        Assert.Equal(["cp"], missing);
    }

    [Theory]
    [InlineData("""{"age": 63, "cholesterol": 233, "cp": "3"}""", "'cholesterol'")]
    [InlineData("age,cholesterol,cp\n63,233,3", "'cholesterol'")]
    [InlineData("""{"age": "old", "chol": 233, "cp": "3"}""", "'old' is not a number")]
    [InlineData("""{"age": [1], "chol": 233, "cp": "3"}""", "an array")]
    [InlineData("""{"age": 63, "chol": 233, "cp": """, "broken")]
    [InlineData("[63, 233]", "2 values are given where the model has 3 features")]
    [InlineData("age,chol,cp\n63,233", "2 cells where the header has 3")]
    [InlineData("age,chol,cp", "no rows")]
    public void ReadText_OfWhatCannotBeRead_NamesIt(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InferenceException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void ReadText_WithMoreColumnsThanTheModel_IgnoresThem() =>
        Assert.Equal(Row, Read("""{"age": 63, "chol": 233, "cp": "3", "hospital": "north"}""").Values);

    [Fact]
    public void ReadImage_GivesPixelsOver255()
    {
        var values = ReadImage(TestModels.Png(value: 51));

        Assert.Equal(64, values.Length);
        Assert.All(values, value => Assert.Equal(0.2f, value));
    }

    [Theory]
    [InlineData("https://example.org/scan.png", "never fetched")]
    [InlineData("file:///etc/passwd", "never fetched")]
    [InlineData("data:image/png;base64,!!", "base64")]
    [InlineData("data:image/png;base64,aGVsbG8=", "cannot be read|can be read")]
    public void ReadImage_OfNoImage_IsRefused(string uri, string expected) =>
        Assert.Matches(expected, Assert.Throws<InferenceException>(() => ReadImage(uri)).Message);

    [Fact]
    public void ReadImage_OfAnotherSize_NamesBoth() =>
        Assert.Contains("9 wide and 9 high where the model's images are 8 wide and 8 high", Assert.Throws<InferenceException>(() => ReadImage(TestModels.Png(9))).Message, StringComparison.Ordinal);

    [Fact]
    public void ReadImage_ForATable_IsRefused()
    {
        using var batch = new InputBatch(6);
        var reader = new InputReader(TestModels.Describe(TestModels.Heart), batch);

        Assert.Contains("takes features, not images", Assert.Throws<InferenceException>(() => reader.ReadImage(TestModels.Png())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadJson_OfTooManyRows_IsRefused()
    {
        var rows = JsonSerializer.SerializeToElement(Enumerable.Repeat(new object[] { 1, 2, "3" }, InputBatch.MostRows + 1));
        using var batch = new InputBatch(6);

        Assert.Equal(413, Assert.Throws<InferenceException>(() => new InputReader(TestModels.Describe(TestModels.Heart), batch).ReadJson(rows)).Status);
    }

    private static (float[] Values, IReadOnlyList<string> Missing) Read(string text)
    {
        using var batch = new InputBatch(6);
        var reader = new InputReader(TestModels.Describe(TestModels.Heart), batch);
        reader.ReadText(text);
        return (batch.Values.ToArray(), reader.Notes.MissingFeatures);
    }

    private static float[] ReadImage(string uri)
    {
        using var batch = new InputBatch(64);
        new InputReader(TestModels.Describe(TestModels.Scan), batch).ReadImage(uri);
        return batch.Values.ToArray();
    }
}
