using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights.PyTorch;

public sealed class TorchRefusalTests
{
    private static readonly PickleText Good = PickleText.StateDict(("w", PickleText.Tensor("0", 2, [2], [1])));
    private static readonly byte[] TwoFloats = TestFiles.Floats(1, 2);

    public static TheoryData<string, string, string> Globals => new()
    {
        { "os", "system", "os.system" },
        { "builtins", "eval", "builtins.eval" },
        { "torch._utils", "_rebuild_parameter", "torch._utils._rebuild_parameter" },
        { "numpy.core.multiarray", "_reconstruct", "numpy.core.multiarray._reconstruct" },
        { "torch", "ComplexFloatStorage", "torch.ComplexFloatStorage" },
    };

    [Theory]
    [MemberData(nameof(Globals))]
    public void Load_OfAnUnlistedGlobal_NamesItAndExecutesNothing(string module, string name, string shown)
    {
        var marker = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
        var pickle = new PickleText().Global(module, name).Op('(').Text($"touch {marker}").Op('t').Op('R');

        var refused = TestArchives.Refused(TestArchives.Of(pickle));

        Assert.Equal(WeightsErrors.UnsafePickle, refused.Code);
        Assert.Contains($"'{shown}'", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(marker));
    }

    [Theory]
    [InlineData('i')]
    [InlineData('o')]
    [InlineData(0x81)]
    [InlineData(0x82)]
    [InlineData(0x93)]
    [InlineData(0x95)]
    [InlineData(']')]
    public void Load_OfAnUnlistedOpcode_NamesIt(int opcode)
    {
        var refused = TestArchives.Refused(TestArchives.Of(new PickleText().Op(opcode)));

        Assert.Equal(WeightsErrors.UnsafePickle, refused.Code);
        Assert.Contains($"0x{opcode:X2}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfAKnownGlobalCalledWithOtherArguments_IsRefused()
    {
        var build = new PickleText().Global("collections", "OrderedDict").Op('(').Text("x").Op('t').Op('R');

        Assert.Equal(WeightsErrors.InvalidArchive, TestArchives.Refused(TestArchives.Of(build)).Code);
        Assert.Equal(WeightsErrors.InvalidArchive, TestArchives.Refused(TestArchives.Of(new PickleText().Global("torch", "FloatStorage").Op(')').Op('R'))).Code);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(1_000_000)]
    public void Load_OfATensorOverTheEndOfItsStorage_IsRefused(long size)
    {
        var refused = TestArchives.Refused(TestArchives.Of(PickleText.StateDict(("w", PickleText.Tensor("0", 2, [size], [1]))), ("0", TwoFloats)));

        Assert.Equal(WeightsErrors.InvalidArchive, refused.Code);
    }

    [Theory]
    [InlineData(long.MaxValue, 2, 0)]
    [InlineData(2, long.MaxValue, 0)]
    [InlineData(2, 1, long.MaxValue)]
    [InlineData(-1, 1, 0)]
    [InlineData(2, -1, 1)]
    [InlineData(2, 1, -1)]
    public void Load_OfExtremeNumbers_IsRefused(long size, long stride, long offset)
    {
        var pickle = PickleText.StateDict(("w", PickleText.Tensor("0", 2, [size], [stride], offset)));

        Assert.Contains(TestArchives.Refused(TestArchives.Of(pickle, ("0", TwoFloats))).Code, new[] { WeightsErrors.InvalidArchive, WeightsErrors.InvalidHeader });
    }

    [Fact]
    public void Load_OfAStorageOfAnotherSizeOrWithoutRecord_NamesTheTensor()
    {
        Assert.Equal("w", TestArchives.Refused(TestArchives.Of(Good, ("0", [1, 2, 3]))).Tensor);
        Assert.Equal("w", TestArchives.Refused(TestArchives.Of(Good)).Tensor);
    }

    [Fact]
    public void Load_OfABomb_IsRefusedBeforeItIsInflated()
    {
        var zeros = new byte[64 << 20];
        var bomb = TestArchives.Of(CompressionLevel.SmallestSize, PickleText.StateDict(("w", PickleText.Tensor("0", 16 << 20, [16 << 20], [1]))), ("0", zeros));
        Assert.True(bomb.Length < 100_000);

        // A storage that is larger than the model, a view that repeats a small one, a pickle.
        Assert.Equal(WeightsErrors.ArchiveTooLarge, TestArchives.Refused(bomb).Code);
        var repeated = TestArchives.Of(PickleText.StateDict(("w", PickleText.Tensor("0", 2, [1 << 30, 2], [0, 1]))), ("0", TwoFloats));
        Assert.Equal(WeightsErrors.ArchiveTooLarge, TestArchives.Refused(repeated).Code);
        var part = TestArchives.Of(CompressionLevel.SmallestSize, PickleText.StateDict(("w", PickleText.Tensor("0", 16 << 20, [2], [1]))), ("0", zeros));
        Assert.Equal(WeightsErrors.ArchiveTooLarge, TestArchives.Refused(part).Code);
        var pickle = TestArchives.Zip(CompressionLevel.SmallestSize, ("any/data.pkl", zeros));
        Assert.Equal(WeightsErrors.ArchiveTooLarge, TestArchives.Refused(pickle).Code);
    }

    [Fact]
    public void Load_OfARecordThatInflatesToMoreThanItSays_IsRefused()
    {
        var file = TestArchives.Of(CompressionLevel.SmallestSize, Good, ("0", new byte[1 << 20]));

        // The directory says 8 bytes, as the pickle does.
        var at = Central(file, "any/data/0");
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 24), 8);

        Assert.Contains("does not inflate", TestArchives.Refused(file).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfOverlappingRecords_IsRefused()
    {
        var file = TestArchives.Of(
            PickleText.StateDict(("a", PickleText.Tensor("0", 2, [2], [1])), ("b", PickleText.Tensor("1", 2, [2], [1]))), ("0", TwoFloats), ("1", TwoFloats));
        var first = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(Central(file, "any/data/0") + 42));

        // Both records point to one content; the names in the local headers would differ, so the second takes the first's.
        var second = Central(file, "any/data/1");
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(second + 42), first);
        Encoding.ASCII.GetBytes("any/data/0").CopyTo(file, second + 46);

        Assert.Equal(WeightsErrors.InvalidArchive, TestArchives.Refused(file).Code);
    }

    [Theory]
    [InlineData("any/../../etc/passwd")]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("any\\..\\x")]
    [InlineData("any//x")]
    [InlineData("any/./x")]
    public void Load_OfANameThatLeadsOut_NamesIt(string name)
    {
        var file = TestArchives.Zip(CompressionLevel.NoCompression, ("any/data.pkl", Good.End()), ("any/data/0", TwoFloats), (name, [1]));

        var refused = TestArchives.Refused(file);

        Assert.Equal(WeightsErrors.InvalidArchive, refused.Code);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfADamagedStorage_NamesTheRecord()
    {
        var file = TestArchives.Of(Good, ("0", TwoFloats));
        var at = file.AsSpan().IndexOf(TwoFloats);
        file[at] ^= 1;

        Assert.Contains("data/0", TestArchives.Refused(file).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfSomethingElse_SaysWhatIsExpected()
    {
        Assert.Equal(WeightsErrors.NotStateDict, TestArchives.Refused(TestArchives.Zip(CompressionLevel.Optimal, ("any/x.txt", [1]))).Code);
        Assert.Equal(WeightsErrors.NotStateDict, TestArchives.Refused(TestArchives.Of(new PickleText().Op('K', 1))).Code);
        var nested = TestArchives.Refused(TestArchives.Of(PickleText.StateDict(("epoch", new PickleText().Op('K', 3)))));
        Assert.Equal(WeightsErrors.NotStateDict, nested.Code);
        Assert.Contains("'epoch'", nested.Message, StringComparison.Ordinal);
        Assert.Equal(WeightsErrors.Truncated, TestArchives.Refused(TestArchives.Of(Good, ("0", TwoFloats))[..^30]).Code);
        Assert.Equal(WeightsErrors.NotFinite, TestArchives.Refused(TestArchives.Of(Good, ("0", TestFiles.Floats(1, float.NaN)))).Code);
    }

    [Fact]
    public void Load_OfABigEndianArchive_IsRefused()
    {
        var file = TestArchives.Zip(CompressionLevel.Optimal, ("any/data.pkl", Good.End()), ("any/byteorder", "big"u8.ToArray()), ("any/data/0", TwoFloats));

        Assert.Contains("little-endian", TestArchives.Refused(file).Message, StringComparison.Ordinal);
    }

    // Where the directory describes the record.
    private static int Central(byte[] file, string name)
    {
        var bytes = Encoding.ASCII.GetBytes(name);
        return file.AsSpan().LastIndexOf(bytes) - 46;
    }
}
