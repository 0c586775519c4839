using System.Diagnostics;
using System.Globalization;
using Octomil.Client.Tables;
using Octomil.Client.Training.Tables;
using Octomil.Learning.Architectures;
using Xunit;

namespace Octomil.Client.Tests.Training;

public sealed class TabularDataTests : IDisposable
{
    private const string Binary = """
        {"kind":"linear","output_type":"binary","output_dim":1,"target_col":"y","classes":["no","yes"],
         "features":[{"name":"a","type":"number"},{"name":"b","type":"number","missing":["","?","0"]},{"name":"c","type":"category","categories":["x","y","z"]}],"seed":1}
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_OfNumbersAndCategories_FollowsTheArchitecturesOrder()
    {
        var data = Load("c,more,y,b,a\n y ,1,yes,2.5,1\nx,1,no,0,NA\nw,1,no,?,-3e2\n,1,yes,4,nan\n");

        Assert.Equal([1, 0, 0, 1], data.Targets);
        AssertRow([1, 2.5f, 0, 1, 0], data.Row(0));
        AssertRow([float.NaN, float.NaN, 1, 0, 0], data.Row(1));
        AssertRow([-300, float.NaN, 0, 0, 0], data.Row(2));
        AssertRow([float.NaN, 4, 0, 0, 0], data.Row(3));
        Assert.Contains(data.Notes, note => note.Contains("Feature c: 1 cells", StringComparison.Ordinal));
        Assert.Contains(data.Notes, note => note.EndsWith("ignored: more.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a,b,c,y\n1,2,z,yes\n")]
    [InlineData("\uFEFFa;b;c;y\r\n1;2;z;yes\r\n")]
    [InlineData("\"a\"\t\"b\"\tc\ty\n\n1\t\"2\"\tz\tyes")]
    [InlineData("a,b,note,c,y\n1,2,\"two\nlines, \"\"quoted\"\"\",z,yes\n")]
    public void Load_OfAnyDialect_ReadsTheSame(string text) => AssertRow([1, 2, 0, 0, 1], Load(text).Row(0));

    [Fact]
    public void Load_OfRowsWithoutTarget_LeavesThemOutAndCounts()
    {
        var data = Load("a,b,c,y\n1,2,z,yes\n2,2,z,\n3,2,z,?\n4,2,z,no\n");

        Assert.Equal((2, 2L), (data.Rows, data.RowsLeftOut));
        Assert.Equal(4, data.Row(1)[0]);
    }

    [Fact]
    public void Load_WithoutAFeatureOrWithAnEmptyOne_TakesItAsMissingAndSaysSo()
    {
        var data = Load("a,b,y\n1,,yes\n2,?,no\n");

        AssertRow([1, float.NaN, 0, 0, 0], data.Row(0));
        Assert.Contains("Feature b is missing in every row.", data.Notes);
        Assert.Contains(data.Notes, note => note.StartsWith("Feature c is not in the table", StringComparison.Ordinal));
        Assert.Equal((0L, 0.0, 0.0), Unpack(data, "b"));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a,b,c\n1,2,x\n", "has no target column y. Its columns are: a, b, c.")]
    [InlineData("a,b,c,Y\n1,2,x,yes\n", "Did you mean Y?")]
    [InlineData("k,y\n1,yes\n", "has no column of the model's features, such as a.")]
    [InlineData("a,b,c,y\n1,2,x,yes\n\n1,2,x,maybe\n", "row 2 (line 4) of data.csv, target y: 'maybe' is none of the model's classes (no, yes)")]
    [InlineData("a,b,c,y\n1,2,x,yes\n12 mg,2,x,no\n", "row 2 (line 3) of data.csv, column a: '12 mg' is not a number")]
    [InlineData("a,b,c,y\n1e99,2,x,yes\n", "column a: '1e99' is not a number")]
    [InlineData("a;b;c;y\n1,5;2;x;yes\n", "column a: '1,5' is not a number. Write numbers with a decimal point")]
    [InlineData("a,b,c,y\n1,2,x\n", "row 1 (line 2) of data.csv has 3 cells where the header has 4")]
    [InlineData("a,b,c,y\n1,2,x,\n", "no row with a target (1 rows were left out)")]
    [InlineData("a,b,c,y\n", "no row with a target (0 rows were left out)")]
    [InlineData("a,a,b,c,y\n1,1,2,x,no\n", "two columns named a")]
    public void Load_OfAFaultyTable_SaysWhereWhatAndHowToMend(string text, string message)
    {
        var refusal = Assert.Throws<DataException>(() => Load(text));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfALongCell_ShowsOnlyItsStart()
    {
        var refusal = Assert.Throws<DataException>(() => Load($"a,b,c,y\n{new string('q', 500)},2,x,yes\n"));

        Assert.True(refusal.Message.Length < 300, refusal.Message);
    }

    [Fact]
    public void Load_WithAnotherTargetColumn_PredictsThat()
    {
        var path = _folder.Write("data.csv", "a,b,c,outcome\n1,2,x,yes\n");

        var data = TabularData.Load(path, Architecture.Parse(Binary), "outcome", TestContext.Current.CancellationToken);

        Assert.Equal([1f], data.Targets);
    }

    [Fact]
    public void ComputeStatistics_FarFromZero_EqualsASlowComputation()
    {
        var random = new Random(3);
        double[] values = [.. Enumerable.Range(0, 5000).Select(_ => (double)(float)(1e6 + random.NextDouble()))];
        var data = Load("a,b,c,y\n" + string.Concat(values.Select(v => FormattableString.Invariant($"{(float)v:R},{(v > 1e6 + 0.5 ? 0 : 3)},x,no\n"))));

        var (count, mean, m2) = Unpack(data, "a");

        Assert.Equal(5000, count);
        Assert.Equal(values.Average(), mean, 8);
        Assert.Equal(values.Sum(v => (decimal)Math.Pow(v - values.Average(), 2)), (decimal)m2, 6);
        Assert.Equal((values.LongCount(v => v <= 1e6 + 0.5), 3.0, 0.0), Unpack(data, "b"));
        Assert.Equal(["a", "b"], data.ComputeStatistics().Keys);
    }

    [Fact]
    public void Load_OfRegressionTargets_ReadsNumbers()
    {
        var path = _folder.Write("data.csv", "a,y\n1,2.5\n2,\n");
        var architecture = Architecture.Parse("""{"kind":"linear","output_type":"regression","output_dim":1,"target_col":"y","features":[{"name":"a","type":"number"}],"seed":1}""");

        var data = TabularData.Load(path, architecture, null, TestContext.Current.CancellationToken);

        Assert.Equal([2.5f], data.Targets);
        Assert.Equal(1, data.RowsLeftOut);
    }

    [Fact]
    public void Load_OfAMillionRows_TakesSecondsAndLittleMoreThanTheMatrix()
    {
        const int Rows = 1_000_000;
        using (var writer = new StreamWriter(_folder["data.csv"]))
        {
            writer.WriteLine("a,b,c,y");
            for (var i = 0; i < Rows; i++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i % 977},{i * 0.001:F3},{"xyz"[i % 3]},{(i % 2 == 0 ? "no" : "yes")}"));
            }
        }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        var data = TabularData.Load(_folder["data.csv"], Architecture.Parse(Binary), null, TestContext.Current.CancellationToken);

        // The matrix and the targets are 24 MB; allocations that grow with the rows besides would be 100 MB and more.
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{watch.Elapsed.TotalSeconds:F1} s, {allocated / 1e6:F0} MB");
        Assert.Equal(Rows, data.Rows);
        AssertRow([999_999 % 977, 999.999f, 1, 0, 0], data.Row(Rows - 1));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    private TabularData Load(string text) =>
        TabularData.Load(_folder.Write("data.csv", text), Architecture.Parse(Binary), null, TestContext.Current.CancellationToken);

    private static (long Count, double Mean, double M2) Unpack(TabularData data, string feature)
    {
        var statistics = data.ComputeStatistics()[feature];
        return (statistics.Count, statistics.Mean, statistics.M2);
    }

    private static void AssertRow(float[] expected, ReadOnlySpan<float> actual) => Assert.Equal(expected, actual.ToArray());
}
