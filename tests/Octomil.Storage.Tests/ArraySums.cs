namespace Octomil.Storage;

/// <summary>Sums to be stored that are an array.</summary>
internal sealed class ArraySums(long[] sums, int significantBytes = sizeof(long)) : ISumsSource
{
    public long Count => sums.Length;

    public int SignificantBytes => significantBytes;

    public void Read(long offset, Span<long> into) => sums.AsSpan((int)offset, into.Length).CopyTo(into);
}
