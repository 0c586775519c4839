using System.Runtime.Versioning;
using Microsoft.Extensions.Options;
using Xunit;

namespace Octomil.Storage;

[UnsupportedOSPlatform("windows")]
public sealed class DataFolderTests : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0b111_101_101;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _root = Path.Combine(Directory.CreateTempSubdirectory("octomil-").FullName, "data");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_GivesEveryFolderAndFileToItsOwnerOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using var storage = new TestStorage(_root);
        await UseAsync(storage);

        AssertOwnerOnly();
    }

    [Fact]
    public async Task Open_OfAFolderThatOthersCouldRead_TakesItFromThem()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");

        using (var before = new TestStorage(_root))
        {
            await UseAsync(before);
        }

        foreach (var path in (string[])["", "keys", "payloads", "payloads/rounds", "payloads/runs", "payloads/tmp", "payloads/weights", .. FilesAtTheTop()])
        {
            File.SetUnixFileMode(Path.Combine(_root, path), Everybody);
        }

        using var storage = new TestStorage(_root);
        AssertOwnerOnly();
    }

    [Fact]
    public void Open_OfAFolderThatAnotherServerHas_SaysSo()
    {
        using var first = new TestStorage(_root);
        using var second = new DataFolder(Options.Create(new StorageOptions { DataFolder = _root }));

        var exception = Assert.Throws<StorageUnavailableException>(second.Open);
        Assert.Contains("in use by another server", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Twice_IsTheSame()
    {
        using var folder = new DataFolder(Options.Create(new StorageOptions { DataFolder = _root }));
        folder.Open();
        folder.Open();
    }

    [Fact]
    public void Open_AfterACrash_RemovesWhatIsHalfWritten()
    {
        using (var before = new TestStorage(_root))
        {
            File.WriteAllText(before.PathOf("payloads", "tmp", new string('a', 32)), "half a checkpoint");
        }

        using var storage = new TestStorage(_root);
        Assert.Empty(Directory.EnumerateFiles(storage.PathOf("payloads", "tmp")));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_root)!, recursive: true);

    // Every kind of file there is.
    private static async Task UseAsync(TestStorage storage)
    {
        const string Round = "rnd_0123456789abcdef";
        var wrapped = await storage.Keys.CreateAsync(Round, Cancellation);
        var key = await storage.Keys.OpenAsync(Round, wrapped, Cancellation);
        await storage.Payloads.SaveCheckpointAsync(Round, key, new byte[3], new ArraySums(new long[3]), Cancellation);
        var weights = await storage.Payloads.SaveWeightsAsync("run_0123456789abcdef", (stream, token) => stream.WriteAsync(new byte[3], token).AsTask(), Cancellation);
        await storage.Payloads.PromoteWeightsAsync(weights, Cancellation);
        Assert.True((await storage.Probe.CheckAsync(Cancellation)).Ok);
    }

    private IEnumerable<string> FilesAtTheTop() => Directory.EnumerateFiles(_root)
        .Concat(Directory.EnumerateFiles(Path.Combine(_root, "keys"))).Select(path => Path.GetRelativePath(_root, path));

    private void AssertOwnerOnly()
    {
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_root));

        foreach (var folder in Directory.EnumerateDirectories(_root, "*", SearchOption.AllDirectories))
        {
            Assert.True(File.GetUnixFileMode(folder) == OwnerOnly, folder);
        }

        foreach (var file in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories))
        {
            Assert.True((File.GetUnixFileMode(file) & ~OwnerOnly) == 0, $"{file} has mode {File.GetUnixFileMode(file)}.");
        }
    }
}
