using System.IO.Hashing;

namespace Octomil.Learning.Weights.PyTorch;

public sealed class RecordChecksumTests
{
    [Fact]
    public void Finish_OfTheStandardsCheckString_IsItsCheckValue()
    {
        var checksum = new RecordChecksum();
        checksum.Append("123456789"u8);

        Assert.Equal(0xCBF43926u, checksum.Finish());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(100_003)]
    public void Finish_HoweverTheDataIsCut_IsTheLibrarys(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);

        foreach (var piece in (int[])[1 << 20, 64 * 1024, 512, 256, 300, 255, 7])
        {
            var checksum = new RecordChecksum();
            for (var begin = 0; begin < length; begin += piece)
            {
                checksum.Append(data.AsSpan(begin, Math.Min(piece, length - begin)));
            }

            Assert.Equal(Crc32.HashToUInt32(data), checksum.Finish());
        }
    }
}
