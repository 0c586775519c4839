using System.Buffers.Binary;
using System.Collections.Immutable;
using Octomil.Learning.Aggregation;

namespace Octomil.Training;

/// <summary>
/// Integers beside the sums of a fold, by organization: they add and subtract exactly, as the sums do. Metric averages are kept as
/// sums of count times value in fixed point with 40 fractional bits.
/// </summary>
internal sealed class FoldTally(int organizations)
{
    private const double MetricScale = 1L << 40;
    private const double MetricLimit = 1e9;
    private const int EntryBytes = 6 * sizeof(long) + 3 * 16;

    private readonly Entry[] _entries = new Entry[organizations];

    /// <summary>Of the updates whose length is measured.</summary>
    public NormHistogram Lengths { get; private set; } = new();

    public long Updates => _entries.Sum(entry => entry.Updates);

    /// <summary>The denominator of the mean: the sum of the integer weights.</summary>
    public long Weight => _entries.Sum(entry => entry.Weight);

    /// <summary>Updates of a private round that were within the clip.</summary>
    public long WithinClip => _entries.Sum(entry => entry.WithinClip);

    /// <summary>The sum of the numbers that updates bring beside their values.</summary>
    public ColumnSum Column => new() { Units = _entries.Aggregate(Int128.Zero, (sum, entry) => sum + entry.Column) };

    public void Add(PendingUpdate update)
    {
        Change(update.Organization, update.Weight, update.Summary, 1, new ColumnSum().Add(update.Column));

        if (update.Length is { } length)
        {
            Lengths.Add(length);
        }
    }

    public void Subtract(PendingUpdate update)
    {
        Change(update.Organization, update.Weight, update.Summary, -1, new ColumnSum().Subtract(update.Column));

        if (update.Length is { } length)
        {
            Lengths.Subtract(length);
        }
    }

    public void Add(int organization, long weight, UpdateSummary summary) => Change(organization, weight, summary, 1);

    public void Subtract(int organization, long weight, UpdateSummary summary) => Change(organization, weight, summary, -1);

    public void Merge(FoldTally other)
    {
        for (var i = 0; i < _entries.Length; i++)
        {
            _entries[i] = _entries[i].Plus(other._entries[i]);
        }

        Lengths.Merge(other.Lengths);
    }

    /// <summary>Leaves out everything of an organization but the lengths, which are of all together.</summary>
    public void Remove(int organization) => _entries[organization] = default;

    public byte[] ToBytes()
    {
        var bytes = new byte[(_entries.Length * EntryBytes) + Lengths.Bytes];
        Lengths.Write(bytes.AsSpan(_entries.Length * EntryBytes));

        for (var i = 0; i < _entries.Length; i++)
        {
            _entries[i].Write(bytes.AsSpan(i * EntryBytes, EntryBytes));
        }

        return bytes;
    }

    public static FoldTally FromBytes(ReadOnlySpan<byte> bytes, int organizations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes.Length, organizations * EntryBytes);
        var tally = new FoldTally(organizations) { Lengths = NormHistogram.Read(bytes[(organizations * EntryBytes)..]) };

        for (var i = 0; i < organizations; i++)
        {
            tally._entries[i] = Entry.Read(bytes.Slice(i * EntryBytes, EntryBytes));
        }

        return tally;
    }

    public RoundTally ToRoundTally(ImmutableArray<string> organizationIds)
    {
        var total = _entries.Aggregate(default(Entry), (sum, entry) => sum.Plus(entry));

        return new RoundTally
        {
            Updates = (int)total.Updates,
            Samples = total.Samples,
            Accuracy = Average(total.Accuracy, total.AccuracyCount),
            Loss = Average(total.Loss, total.LossCount),
            EvaluationCount = Math.Max(total.AccuracyCount, total.LossCount),
            MedianLength = Lengths.Count > 0 ? Lengths.Median : null,
            Organizations =
            [
                .. _entries.Select((entry, i) => new OrganizationTally
                {
                    OrganizationId = organizationIds[i],
                    Updates = (int)entry.Updates,
                    Samples = entry.Samples,
                    EvaluationCount = Math.Max(entry.AccuracyCount, entry.LossCount),
                    Accuracy = Average(entry.Accuracy, entry.AccuracyCount),
                    Loss = Average(entry.Loss, entry.LossCount),
                }),
            ],
        };
    }

    private static double? Average(Int128 sum, long count) => count == 0 ? null : (double)sum / MetricScale / count;

    private static Int128 Fixed(double value, long count) => (Int128)Math.Round(Math.Clamp(value, -MetricLimit, MetricLimit) * MetricScale) * count;

    private void Change(int organization, long weight, UpdateSummary summary, int sign, ColumnSum column = default)
    {
        var lossCount = summary.EvaluationLoss is null ? 0 : summary.EvaluationCount;
        var accuracyCount = summary.EvaluationAccuracy is null ? 0 : summary.EvaluationCount;

        _entries[organization] = _entries[organization].Plus(new Entry(
            sign,
            sign * weight,
            sign * summary.SampleCount,
            sign * lossCount,
            sign * accuracyCount,
            summary.WithinClip ? sign : 0,
            sign * Fixed(summary.EvaluationLoss ?? 0, lossCount),
            sign * Fixed(summary.EvaluationAccuracy ?? 0, accuracyCount),
            column.Units));
    }

    private readonly record struct Entry(
        long Updates, long Weight, long Samples, long LossCount, long AccuracyCount, long WithinClip, Int128 Loss, Int128 Accuracy, Int128 Column)
    {
        public Entry Plus(Entry other) => new(
            Updates + other.Updates, Weight + other.Weight, Samples + other.Samples, LossCount + other.LossCount,
            AccuracyCount + other.AccuracyCount, WithinClip + other.WithinClip, Loss + other.Loss, Accuracy + other.Accuracy, Column + other.Column);

        public void Write(Span<byte> bytes)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, Updates);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Weight);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Samples);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], LossCount);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], AccuracyCount);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], WithinClip);
            BinaryPrimitives.WriteInt128LittleEndian(bytes[48..], Loss);
            BinaryPrimitives.WriteInt128LittleEndian(bytes[64..], Accuracy);
            BinaryPrimitives.WriteInt128LittleEndian(bytes[80..], Column);
        }

        public static Entry Read(ReadOnlySpan<byte> bytes) => new(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt128LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt128LittleEndian(bytes[64..]),
            BinaryPrimitives.ReadInt128LittleEndian(bytes[80..]));
    }
}
