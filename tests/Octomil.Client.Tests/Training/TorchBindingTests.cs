using System.Buffers.Binary;
using System.Diagnostics;
using Octomil.Client.Training.Native;
using TorchSharp;
using Xunit;

namespace Octomil.Client.Tests.Training;

public sealed class TorchBindingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-binding-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void EnsureLoadable_OnThisMachine_LoadsTorchWithOneThread()
    {
        NativeTorch.EnsureLoadable();
        NativeTorch.EnsureLoadable();

        Assert.Equal(1, torch.get_num_threads());
        using var ones = torch.ones(2, 3);
        using var sum = ones.sum();
        Assert.Equal(6f, sum.item<float>());
    }

    [Fact]
    public void Relax_OfTheShippedBinding_ChangesOnlyTheFlagsOfOneNeed()
    {
        var shipped = Shipped();

        var relaxed = TorchBinding.Relax(shipped);

        Assert.NotNull(relaxed);
        Assert.Equal(1, shipped.Zip(relaxed).Count(pair => pair.First != pair.Second));
        Assert.True(ElfImage.TryRead(relaxed, out var image));
        var weak = Assert.Single(image.VersionNeeds(), need => need.IsWeak);
        Assert.Equal((TorchBinding.StandardLibrary, TorchBinding.HarmlessVersion), (weak.Library, weak.Version));
    }

    [Fact]
    public void Relax_OfARelaxedBinding_ChangesNothing() => Assert.Null(TorchBinding.Relax(TorchBinding.Relax(Shipped())!));

    [Fact]
    public void Relax_OfSomethingElse_ChangesNothing()
    {
        Assert.Null(TorchBinding.Relax([1, 2, 3]));
        Assert.Null(TorchBinding.Relax(new byte[4096]));
        Assert.Null(TorchBinding.Relax(Shipped()[..5000]));
        Assert.Null(TorchBinding.Relax(File.ReadAllBytes(typeof(TorchBindingTests).Assembly.Location)));
    }

    [Fact]
    public void IsOffered_OfALibraryThatDefinesNoVersions_IsFalse() => Assert.False(TorchBinding.IsOffered(Shipped()));

    [Fact]
    public void IsOffered_OfTheSystemsStandardLibrary_AgreesWithItsText()
    {
        const string Path = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";
        Assert.SkipUnless(File.Exists(Path), "no libstdc++ at the Debian place");
        var bytes = File.ReadAllBytes(Path);

        Assert.Equal(bytes.AsSpan().IndexOf("GLIBCXX_3.4.32\0"u8) >= 0, TorchBinding.IsOffered(bytes));
    }

    [Fact]
    public void RelaxFile_WithAHardLinkedOriginal_LeavesTheOriginalAlone()
    {
        var original = System.IO.Path.Combine(_folder, "cache.so");
        File.WriteAllBytes(original, Shipped());
        Process.Start("ln", [original, BindingPath])!.WaitForExit();
        var writtenAt = File.GetLastWriteTimeUtc(original);

        Assert.Null(TorchBindingFile.Relax(_folder, mayReplace: true, CachePath));

        Assert.Equal(Shipped(), File.ReadAllBytes(original));
        Assert.Null(TorchBinding.Relax(File.ReadAllBytes(BindingPath)));
        Assert.Equal(writtenAt, File.GetLastWriteTimeUtc(BindingPath));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        Assert.False(Directory.Exists(CachePath));
    }

    [Fact]
    public void RelaxFile_ThatMayNotBeReplaced_GivesACopyOfTheUsers()
    {
        File.WriteAllBytes(BindingPath, Shipped());

        var copy = TorchBindingFile.Relax(_folder, mayReplace: false, CachePath);
        File.WriteAllBytes(copy!, [0]);
        var again = TorchBindingFile.Relax(_folder, mayReplace: false, CachePath);

        Assert.Equal(copy, again);
        Assert.StartsWith(CachePath, copy, StringComparison.Ordinal);
        Assert.Equal(TorchBinding.Relax(Shipped()), File.ReadAllBytes(copy!));
        Assert.Equal(Shipped(), File.ReadAllBytes(BindingPath));
    }

    [Fact]
    public void RelaxFile_ByEightAtOnce_LeavesOneWholeFile()
    {
        File.WriteAllBytes(BindingPath, Shipped());

        Parallel.For(0, 8, _ => Assert.Null(TorchBindingFile.Relax(_folder, mayReplace: true, CachePath)));

        Assert.Equal(TorchBinding.Relax(Shipped()), File.ReadAllBytes(BindingPath));
        Assert.Single(Directory.GetFiles(_folder));
    }

    private string BindingPath => System.IO.Path.Combine(_folder, TorchBinding.FileName);

    private string CachePath => System.IO.Path.Combine(_folder, "of-the-user");

    /// <summary>The binding as the package holds it: the copy beside the tests may have been relaxed by an earlier test.</summary>
    private static byte[] Shipped()
    {
        var bytes = File.ReadAllBytes(System.IO.Path.Combine(AppContext.BaseDirectory, TorchBinding.FileName));
        Assert.True(ElfImage.TryRead(bytes, out var image));
        var need = Assert.Single(image.VersionNeeds(), need => need.Version == TorchBinding.HarmlessVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(need.FlagsOffset), (ushort)(need.Flags & ~ElfVersionNeed.Weak));
        return bytes;
    }
}
