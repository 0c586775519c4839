using Octomil.Storage.Payloads;

namespace Octomil.Storage.S3;

/// <summary>A checkpoint in the bucket. Its beginning, where small reads go, comes with the first request.</summary>
internal sealed class S3Checkpoint : ICheckpointSource
{
    private const int BeginningBytes = 64 << 10;

    private readonly S3Bucket _bucket;
    private readonly string _key;
    private readonly ReadOnlyMemory<byte> _beginning;

    private S3Checkpoint(S3Bucket bucket, string key, ReadOnlyMemory<byte> beginning, long length) =>
        (_bucket, _key, _beginning, Length) = (bucket, key, beginning, length);

    public long Length { get; }

    // 8 MiB: the way to the bucket costs more than the bytes.
    public int ChunksInAPiece => 64;

    public int ChunksInARead => 64;

    public static async Task<S3Checkpoint> OpenAsync(S3Bucket bucket, string key, CancellationToken cancellationToken)
    {
        var beginning = new byte[BeginningBytes];
        var (count, length) = await bucket.ReadAsync(key, beginning, 0, cancellationToken);
        return new S3Checkpoint(bucket, key, beginning.AsMemory(0, count), length);
    }

    public async Task ReadAsync(Memory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        if (offset + bytes.Length <= _beginning.Length)
        {
            _beginning.Slice((int)offset, bytes.Length).CopyTo(bytes);
            return;
        }

        var (count, _) = await _bucket.ReadAsync(_key, bytes, offset, cancellationToken);

        if (count < bytes.Length)
        {
            throw new EndOfStreamException();
        }
    }
}
