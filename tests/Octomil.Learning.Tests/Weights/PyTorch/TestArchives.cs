using System.IO.Compression;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Learning.Tests.Weights.PyTorch;

/// <summary>Archives made by the framework's ZIP writer.</summary>
internal static class TestArchives
{
    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] records)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in records)
            {
                using var record = zip.CreateEntry(name, level).Open();
                record.Write(content);
            }
        }

        return file.ToArray();
    }

    public static byte[] Of(PickleText pickle, params (string Key, byte[] Content)[] storages) => Of(CompressionLevel.NoCompression, pickle, storages);

    public static byte[] Of(CompressionLevel level, PickleText pickle, params (string Key, byte[] Content)[] storages) => Zip(
        level, [("any/data.pkl", pickle.End()), .. storages.Select(storage => ($"any/data/{storage.Key}", storage.Content)), ("any/version", "3\n"u8.ToArray())]);

    public static ModelWeights Load(byte[] file, long maxDataBytes = 1 << 20)
    {
        using var archive = TorchArchive.Open(file, maxDataBytes);
        return archive.ToWeights();
    }

    public static WeightsFormatException Refused(byte[] file, long maxDataBytes = 1 << 20) =>
        Assert.Throws<WeightsFormatException>(() => Load(file, maxDataBytes));
}
