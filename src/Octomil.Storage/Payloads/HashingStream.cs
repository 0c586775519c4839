using System.Security.Cryptography;

namespace Octomil.Storage.Payloads;

/// <summary>Writes through to a file and hashes in the same pass. Trouble of the file, and nothing else, is translated.</summary>
internal sealed class HashingStream(FileStream file, Func<Exception, StorageUnavailableException> unavailable) : Stream
{
    private const int WriteBackBytes = 4 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _begun;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Written;
        set => throw new NotSupportedException();
    }

    public long Written { get; private set; }

    /// <summary>Puts the bytes on disk, closes the file and gives their SHA-256.</summary>
    /// <param name="durable">False: the bytes need not survive a power cut.</param>
    public string Finish(bool durable = true)
    {
        file.Flush(flushToDisk: durable);
        file.Dispose();
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);

        try
        {
            file.Write(buffer);
        }
        catch (Exception exception) when (Disk.IsTrouble(exception))
        {
            throw unavailable(exception);
        }

        Written += buffer.Length;

        if (Written - _begun >= WriteBackBytes)
        {
            Disk.BeginWriteBack(file.SafeFileHandle, _begun, Written - _begun);
            _begun = Written;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    // Only into the page cache: nothing to wait for.
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Durability is in the end, once.
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
