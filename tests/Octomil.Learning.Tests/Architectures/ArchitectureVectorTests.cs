using System.Text.Json;
using Octomil.Learning.Architectures;

namespace Octomil.Learning.Tests.Architectures;

public sealed class ArchitectureVectorTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "architectures.json"))).RootElement;

    public static TheoryData<string> Names => [.. Cases.Select(item => item.GetProperty("name").GetString()!)];

    private static IEnumerable<JsonElement> Cases => Vectors.GetProperty("cases").EnumerateArray();

    [Fact]
    public void Xoshiro_OfSeed1_GivesTheReferenceNumbers()
    {
        var random = new Xoshiro256(1);

        Assert.All(Vectors.GetProperty("xoshiro_first_5_of_seed_1").EnumerateArray(), expected => Assert.Equal(expected.GetString(), $"{random.Next()}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Initialize_OfAVector_GivesItsTensors(string name)
    {
        var vector = Cases.Single(item => item.GetProperty("name").GetString() == name);

        var weights = Architecture.Parse(vector.GetProperty("architecture")).Initialize();

        var tensors = vector.GetProperty("tensors").EnumerateObject().ToArray();
        Assert.Equal(tensors.Select(tensor => tensor.Name), weights.Layout.Tensors.Select(spec => spec.Name));
        foreach (var (tensor, spec) in tensors.Zip(weights.Layout.Tensors))
        {
            Assert.Equal(tensor.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), spec.Shape);
            var values = spec.IsTrained ? weights[spec.Name].ToArray() : weights.Frozen(spec.Name).ToArray();
            Assert.Equal(tensor.Value.GetProperty("first").EnumerateArray().Select(value => value.GetSingle()), values.Take(tensor.Value.GetProperty("first").GetArrayLength()));
            Assert.Equal(tensor.Value.GetProperty("sum").GetDouble(), values.Sum(value => (double)value), 1e-12);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ToJson_OfAVector_IsReadBackAsTheSame(string name)
    {
        var architecture = Architecture.Parse(Cases.Single(item => item.GetProperty("name").GetString() == name).GetProperty("architecture"));

        var again = Architecture.Parse(architecture.ToJson());

        Assert.Equal(architecture, again);
        Assert.Equal(architecture.GetHashCode(), again.GetHashCode());
        Assert.NotEqual(architecture, architecture with { Scaled = true });
        Assert.Contains("\"scaled\":true", (architecture with { Scaled = true }).ToJson(), StringComparison.Ordinal);
    }
}
