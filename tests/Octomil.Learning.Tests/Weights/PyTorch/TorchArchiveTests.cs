using System.IO.Compression;
using CsCheck;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Learning.Tests.Weights.PyTorch;

public sealed class TorchArchiveTests
{
    private static readonly byte[] SixFloats = TestFiles.Floats(1, 2, 3, 4, 5, 6);

    public static TheoryData<string, byte[], float[]> FloatTypes => new()
    {
        { "FloatStorage", TestFiles.Floats(1.5f, -2), [1.5f, -2] },
        { "HalfStorage", TestFiles.Halves(1.5f, -2), [1.5f, -2] },
        { "BFloat16Storage", TestFiles.BrainFloats(1.5f, -2), [1.5f, -2] },
        { "DoubleStorage", TestFiles.Doubles(1.5, -2), [1.5f, -2] },
    };

    [Theory]
    [MemberData(nameof(FloatTypes))]
    public void ToWeights_OfAFloatingPointTensor_GivesFloat32(string storage, byte[] content, float[] expected)
    {
        var weights = TestArchives.Load(TestArchives.Of(PickleText.StateDict(("w", PickleText.Tensor("0", 2, [2], [1], storage: storage))), ("0", content)));

        Assert.Equal(expected, weights.Trained);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void ToWeights_OfSharedAndStridedStorages_GivesEveryTensorItsElements(CompressionLevel level)
    {
        var file = TestArchives.Of(
            level,
            PickleText.StateDict(
                ("whole", PickleText.Tensor("a", 6, [2, 3], [3, 1])),
                ("transposed", PickleText.Tensor("a", 6, [3, 2], [1, 3])),
                ("other", PickleText.Tensor("b", 2, [2], [1])),
                ("column", PickleText.Tensor("a", 6, [2], [3], offset: 2)),
                ("tail", PickleText.Tensor("a", 6, [2], [1], offset: 4)),
                ("repeated", PickleText.Tensor("b", 2, [2, 2], [0, 1])),
                ("scalar", PickleText.Tensor("a", 6, [], [], offset: 5)),
                ("empty", PickleText.Tensor("c", 0, [0, 4], [4, 1]))),
            ("a", SixFloats), ("b", TestFiles.Floats(7, 8)), ("c", []));

        var weights = TestArchives.Load(file);

        Assert.Equal([1, 2, 3, 4, 5, 6, 1, 4, 2, 5, 3, 6, 7, 8, 3, 6, 5, 6, 7, 8, 7, 8, 6], weights.Trained);
    }

    [Fact]
    public void ToWeights_OfAnOrderedDictWithMetadataAndMemo_IgnoresBoth()
    {
        var pickle = new PickleText().Global("collections", "OrderedDict").Op('q', 0).Op(')').Op('R').Op('r', 1, 1, 0, 0)
            .Text("w").Append(PickleText.Tensor("0", 6, [6], [1])).Op('s')
            .Op('}').Text("_metadata").Op('h', 0).Op(')').Op('R').Text("").Op('}').Text("version").Op('K', 1).Op('s').Op('s').Op('s').Op('b');

        Assert.Equal([1, 2, 3, 4, 5, 6], TestArchives.Load(TestArchives.Of(pickle, ("0", SixFloats))).Trained);
    }

    [Fact]
    public void Open_OfOtherTypesAndBuffers_ListsThemInOrder()
    {
        using var archive = TorchArchive.Open(
            TestArchives.Of(
                PickleText.StateDict(
                    ("count", PickleText.Tensor("0", 1, [], [], storage: "LongStorage")),
                    ("on", PickleText.Tensor("1", 2, [2], [1], storage: "BoolStorage"))),
                ("0", BitConverter.GetBytes(7L)), ("1", [1, 0])),
            1 << 20);

        Assert.Equal(["I64 []", "BOOL [2]"], archive.Header.Tensors.Select(tensor => $"{tensor.Spec.Type.WireName()} [{string.Join(", ", tensor.Spec.Shape)}]"));
        Assert.Equal(7L, BitConverter.ToInt64(archive.ToWeights().FrozenBytes("count")));
    }

    [Fact]
    public async Task Write_ThenRead_GivesTheSameWeightsAndTheSameBytesAgain()
    {
        var weights = ModelWeights.Create(TestFiles.Layout, [.. Enumerable.Range(0, 8).Select(i => i / 3f)]).With("input.mean", [1, 2, 3]);

        var file = await WriteAsync(weights);
        var read = TestArchives.Load(file);

        Assert.Equal(weights.Layout, read.Layout);
        Assert.Equal(weights.Trained, read.Trained);
        Assert.Equal([1, 2, 3], read.Frozen("input.mean").ToArray());
        Assert.Equal(file, await WriteAsync(read));
        using var zip = new ZipArchive(new MemoryStream(file));
        Assert.All(zip.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
        Assert.Equal("3\n", await new StreamReader(zip.GetEntry("model/version")!.Open()).ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task UpdateFile_OfEitherFormat_GivesTheSameContent()
    {
        var layout = TestFiles.Layout;
        var values = Enumerable.Range(1, 8).Select(i => i * 0.25f).ToArray();
        var weights = ModelWeights.Create(layout, values);
        using var safetensors = new MemoryStream();
        await weights.SaveAsync(safetensors, null, TestContext.Current.CancellationToken);
        var metadata = new Dictionary<string, string> { ["update_format"] = "weights", ["sample_count"] = "5" };

        var (first, second) = (new float[8], new float[8]);
        var fromArchive = UpdateFile.Read(await WriteAsync(weights), metadata, layout, TestFiles.Limits, first);
        var fromSafetensors = UpdateFile.Read(safetensors.ToArray(), metadata, layout, TestFiles.Limits, second);

        Assert.Equal(values, first);
        Assert.Equal(values, second);
        Assert.Equal(fromSafetensors, fromArchive);
        Assert.Equal((UpdateFormat.Weights, 5L, 2.0), (fromArchive.Format, fromArchive.SampleCount, fromArchive.MaxAbs));
    }

    [Fact]
    public void Read_OfAnyDamagedByte_GivesWeightsOrARefusal()
    {
        var file = TestArchives.Of(
            CompressionLevel.Optimal,
            PickleText.StateDict(("a", PickleText.Tensor("0", 6, [2, 3], [3, 1])), ("b", PickleText.Tensor("0", 6, [3, 2], [1, 3]))),
            ("0", SixFloats));

        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte, Gen.Int[0, file.Length]).Sample((at, value, length) =>
        {
            var damaged = file.ToArray();
            damaged[at] = value;
            Try(damaged);
            Try(file[..length]);
        });

        static void Try(byte[] bytes)
        {
            try
            {
                TestArchives.Load(bytes);
            }
            catch (WeightsFormatException exception)
            {
                Assert.NotEmpty(exception.Message);
            }
        }
    }

    private static async Task<byte[]> WriteAsync(ModelWeights weights)
    {
        using var file = new MemoryStream();
        await TorchArchiveWriter.WriteAsync(file, weights, TestContext.Current.CancellationToken);
        return file.ToArray();
    }
}
