using System.IO.Compression;
using Octomil.Client.Tables;
using Octomil.Client.Training.Images;
using Octomil.Learning.Architectures;
using Xunit;

namespace Octomil.Client.Tests.Training;

public sealed class ImageDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_OfIdxFiles_GivesBytesOver255()
    {
        _folder.WriteIdx("train-images-idx3-ubyte", [0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6], 2, 2, 3);
        _folder.WriteIdx("train-labels-idx1-ubyte", [1, 0], 2);
        _folder.WriteIdx("test-images-idx3-ubyte", [9], 1, 1, 1);

        foreach (var path in new[] { _folder.Path, _folder["train-images-idx3-ubyte"] })
        {
            var data = Load(path, channels: 1);
            Assert.Equal((2, 6), (data.Rows, data.InputLength));
            Assert.Equal([1, 0], data.Targets);
            Assert.Equal([0, 0.2f, 0.4f, 0.6f, 0.8f, 1], Input(data, 0));
        }
    }

    [Fact]
    public void Load_OfGzippedIdxFiles_UnpacksThem()
    {
        Zip(_folder.WriteIdx("my-images-idx3-ubyte", new byte[12], 2, 2, 3));
        Zip(_folder.WriteIdx("my-labels-idx1-ubyte", [1, 0], 2));

        Assert.Equal([1, 0], Load(_folder.Path, channels: 1).Targets);
    }

    [Fact]
    public void Load_OfPictureFolders_TakesTheFolderAsClassAndSplitsChannels()
    {
        _folder.WritePng("ill/2.png", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18], 3, 2, 3);
        _folder.WritePng("ill/10.png", new byte[18], 3, 2, 3);
        _folder.WritePng("well/1.png", new byte[18], 3, 2, 3);

        var data = Load(_folder.Path, channels: 3);

        Assert.Equal([1, 1, 0], data.Targets);
        Assert.Equal([1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17, 3, 6, 9, 12, 15, 18], Input(data, 1).Select(v => MathF.Round(v * 255)));
    }

    [Fact]
    public void ComputeStatistics_OfChannels_EqualsASlowComputation()
    {
        var random = new Random(5);
        var pixels = Enumerable.Range(0, 40).Select(i =>
        {
            var bytes = new byte[18];
            random.NextBytes(bytes);
            _folder.WritePng($"{(i % 2 == 0 ? "ill" : "well")}/{i}.png", bytes, 3, 2, 3);
            return bytes;
        }).ToArray();

        var statistics = Load(_folder.Path, channels: 3).ComputeStatistics();

        Assert.Equal(["channel.0", "channel.1", "channel.2"], statistics.Keys);
        for (var channel = 0; channel < 3; channel++)
        {
            var values = pixels.SelectMany(p => p.Where((_, i) => i % 3 == channel)).Select(v => v / 255.0).ToArray();
            var actual = statistics[$"channel.{channel}"];
            Assert.Equal(240, actual.Count);
            Assert.Equal(values.Average(), actual.Mean, 12);
            Assert.Equal(values.Sum(v => Math.Pow(v - values.Average(), 2)), actual.M2, 10);
        }
    }

    [Fact]
    public void Load_OfAWrongSize_NamesThePicture()
    {
        _folder.WritePng("ill/good.png", new byte[6], 3, 2, 1);
        _folder.WritePng("ill/wide.png", new byte[8], 4, 2, 1);

        var refusal = Assert.Throws<DataException>(() => Load(_folder.Path, channels: 1));

        Assert.Contains("wide.png is 4 wide and 2 high where the model's images are 3 wide and 2 high", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(50)]
    public void Load_OfADamagedPicture_NamesIt(int bytes)
    {
        _folder.WritePng("ill/cut.png", new byte[6], 3, 2, 1);
        File.WriteAllBytes(_folder["ill/cut.png"], File.ReadAllBytes(_folder["ill/cut.png"])[..bytes]);

        var refusal = Assert.Throws<DataException>(() => Load(_folder.Path, channels: 1));

        Assert.Contains("cut.png", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfAnUnknownClassOrAnEmptyFolder_SaysWhatWasExpected()
    {
        Assert.Contains("holds no images", Assert.Throws<DataException>(() => Load(_folder.Path, 1)).Message, StringComparison.Ordinal);
        _folder.WritePng("sick/1.png", new byte[6], 3, 2, 1);

        var refusal = Assert.Throws<DataException>(() => Load(_folder.Path, 1));

        Assert.Contains("sick is named like none of the model's classes. Folders named well, ill", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfIdxFilesThatDoNotFit_SaysWhy()
    {
        var images = _folder.WriteIdx("a-images-idx3-ubyte", new byte[12], 2, 2, 3);
        AssertRefused(images, "labels of a-images-idx3-ubyte are missing");
        _folder.WriteIdx("a-labels-idx1-ubyte", [1], 1);
        AssertRefused(images, "2 images and a-labels-idx1-ubyte 1 labels");
        _folder.WriteIdx("a-labels-idx1-ubyte", [1, 2], 2);
        AssertRefused(images, "Label 2 of image 2");
        _folder.WriteIdx("a-labels-idx1-ubyte", [1, 1], 2);
        _folder.WriteIdx("a-images-idx3-ubyte", new byte[8], 2, 2, 2);
        AssertRefused(images, "holds images of 1 x 2 x 2 where the model's are 1 x 2 x 3");
        _folder.WriteIdx("a-images-idx3-ubyte", new byte[11], 2, 2, 3);
        AssertRefused(images, "cut off");
        _folder.WriteIdx("a-images-idx3-ubyte", [], int.MaxValue, 2, 3);
        AssertRefused(images, "more bytes than the memory of one array");
        _folder.WriteIdx("a-images-idx3-ubyte", [], 70_000, 100, 100);
        AssertRefused(images, "cut off");
    }

    private static void AssertRefused(string path, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => Load(path, 1)).Message, StringComparison.Ordinal);

    private static ImageData Load(string path, int channels)
    {
        var json = """{"kind":"mlp","output_type":"binary","output_dim":1,"target_col":"y","classes":["well","ill"],"hidden":[4],"activation":"relu","image":{"channels":1,"height":2,"width":3},"seed":1}""";
        var architecture = Architecture.Parse(json.Replace("\"channels\":1", $"\"channels\":{channels}", StringComparison.Ordinal));
        return ImageData.Load(path, architecture, TestContext.Current.CancellationToken);
    }

    private static float[] Input(ImageData data, int row)
    {
        var input = new float[data.InputLength];
        data.CopyInput(row, input);
        return input;
    }

    private static void Zip(string path)
    {
        using (var zip = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Fastest))
        {
            zip.Write(File.ReadAllBytes(path));
        }

        File.Delete(path);
    }
}
