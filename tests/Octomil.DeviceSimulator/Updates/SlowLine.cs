namespace Octomil.DeviceSimulator.Updates;

/// <summary>Writes at a rate, in pieces of a tenth of a second; or up to a byte, and then fails as a line does that was cut.</summary>
/// <param name="line">Where the bytes go; stays open.</param>
/// <param name="bytesPerSecond">The rate; null: none.</param>
/// <param name="breaksOffAfter">Bytes after which it fails; null: never.</param>
internal sealed class SlowLine(Stream line, double? bytesPerSecond, long? breaksOffAfter) : Stream
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var most = bytesPerSecond is { } rate ? Math.Max(1, (int)Math.Min(rate * Tick.TotalSeconds, int.MaxValue)) : int.MaxValue;
        while (!buffer.IsEmpty)
        {
            var left = (breaksOffAfter ?? long.MaxValue) - _written;
            var piece = buffer[..(int)Math.Min(Math.Min(buffer.Length, most), left)];
            await line.WriteAsync(piece, cancellationToken);
            _written += piece.Length;
            buffer = buffer[piece.Length..];
            if (piece.Length == left)
            {
                await line.FlushAsync(cancellationToken);
                throw new IOException("The simulated line was cut.");
            }

            if (bytesPerSecond is not null)
            {
                await line.FlushAsync(cancellationToken);
                await Task.Delay(Tick, cancellationToken);
            }
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override Task FlushAsync(CancellationToken cancellationToken) => line.FlushAsync(cancellationToken);

    public override void Flush() => line.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
