using System.IO.Hashing;
using System.Runtime.InteropServices;
using CsCheck;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Learning.Tests.Weights;

public sealed class ValueMeasureTests
{
    private static readonly Gen<float> Values = Gen.OneOf(Gen.Float[-1, 1], Gen.Float[-1e-30f, 1e-30f], Gen.Float[-1e9f, 1e9f]);

    [Fact]
    public void Copy_InAnyPieces_GivesTheBitsOfTheDefinition() => Gen.Select(Values.Array[0, 300], Gen.Int[1, 300]).Sample((values, piece) =>
    {
        var measure = default(ValueMeasure);
        var copy = new float[values.Length];

        for (var begin = 0; begin < values.Length; begin += piece)
        {
            var length = Math.Min(piece, values.Length - begin);
            measure.Copy(MemoryMarshal.AsBytes(values.AsSpan(begin, length)), copy.AsSpan(begin, length));
        }

        Assert.Equal(values, copy);
        Assert.True(measure.IsFinite);
        Assert.Equal(values.DefaultIfEmpty().Max(Math.Abs), measure.MaxAbs);
        Assert.Equal(BitConverter.DoubleToInt64Bits(Definition(values)), BitConverter.DoubleToInt64Bits(measure.SumOfSquares));
    });

    [Fact]
    public void Copy_WithAChecksum_InAnyPieces_GivesTheSameAndTheFilesCrc() => Gen.Select(Values.Array[0, 1500], Gen.Int[1, 1500], Gen.Bool).Sample((values, any, wholeBlocks) =>
    {
        // Pieces of whole blocks go on folding; others end it.
        var piece = wholeBlocks ? ((any / 64) + 1) * 64 : any;
        var (measure, checksum, copy) = (default(ValueMeasure), new RecordChecksum(), new float[values.Length]);

        for (var begin = 0; begin < values.Length; begin += piece)
        {
            var length = Math.Min(piece, values.Length - begin);
            measure.Copy(MemoryMarshal.AsBytes(values.AsSpan(begin, length)), copy.AsSpan(begin, length), checksum);
        }

        Assert.Equal(values, copy);
        Assert.Equal(values.DefaultIfEmpty().Max(Math.Abs), measure.MaxAbs);
        Assert.Equal(BitConverter.DoubleToInt64Bits(Definition(values)), BitConverter.DoubleToInt64Bits(measure.SumOfSquares));
        Assert.Equal(Crc32.HashToUInt32(MemoryMarshal.AsBytes(values.AsSpan())), checksum.Finish());
    });

    [Fact]
    public void Copy_OfOneValueThatIsNotFinite_FindsItAnywhere() => Gen.Select(Gen.Int[1, 100], Gen.Int[0, 99], Gen.Int[0, 2]).Sample((length, position, kind) =>
    {
        var values = new float[length];
        values[position % length] = kind switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity };
        var measure = default(ValueMeasure);

        measure.Copy(MemoryMarshal.AsBytes(values.AsSpan()), values);

        Assert.False(measure.IsFinite);
    });

    private static double Definition(float[] values)
    {
        var lanes = new double[16];
        for (var i = 0; i < values.Length; i++)
        {
            lanes[i % 16] += (double)values[i] * values[i];
        }

        return lanes.Aggregate(0.0, (sum, lane) => sum + lane);
    }
}
