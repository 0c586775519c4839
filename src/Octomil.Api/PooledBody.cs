using System.Buffers;

namespace Octomil;

/// <summary>Bytes that have to be there as a whole, in one pooled array.</summary>
internal sealed class PooledBody : IDisposable
{
    private const int FirstBytes = 256 * 1024;

    private byte[] _bytes;

    private PooledBody(int capacity) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public Memory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Reads to the end, however long it is.</summary>
    /// <exception cref="InvalidDataException">There are more than <paramref name="maxBytes"/>.</exception>
    public static async Task<PooledBody> ReadAsync(Stream stream, long maxBytes, CancellationToken cancellationToken)
    {
        var body = new PooledBody(FirstBytes);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(body._bytes.AsMemory(body.Length), cancellationToken)) > 0)
            {
                body.Length += read;
                if (body.Length > maxBytes)
                {
                    throw new InvalidDataException($"The file has more than {maxBytes} bytes.");
                }

                body.Grow();
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public static async Task<PooledBody> ReadExactlyAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        var body = new PooledBody(length);
        try
        {
            await stream.ReadExactlyAsync(body._bytes.AsMemory(0, length), cancellationToken);
            body.Length = length;
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            (_bytes, Length) = ([], 0);
        }
    }

    private void Grow()
    {
        if (Length < _bytes.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, 2L * _bytes.Length));
        _bytes.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
