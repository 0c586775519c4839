using System.Buffers.Binary;
using System.IO.Compression;
using Octomil.Client.Tables;

namespace Octomil.Client.Training.Images;

/// <summary>An idx file of unsigned bytes, as MNIST and MedMNIST come: magic 0 0 8 n, n big-endian sizes, the bytes; also gzipped.</summary>
internal sealed record IdxFile(int[] Sizes, byte[] Bytes)
{
    /// <summary>Reads a file of the given number of dimensions.</summary>
    /// <exception cref="DataException">It is another file, or cut off.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        var name = Path.GetFileName(path);
        try
        {
            using var stream = Open(path);
            Span<byte> header = stackalloc byte[4 + (4 * dimensions)];
            stream.ReadExactly(header);
            if (!header[..4].SequenceEqual<byte>([0, 0, 8, (byte)dimensions]))
            {
                throw new DataException($"{name} is not an idx file of unsigned bytes with {dimensions} dimensions (it begins with {Convert.ToHexString(header[..4])}).");
            }

            var sizes = new int[dimensions];
            var length = 1L;
            for (var i = 0; i < dimensions; i++)
            {
                var size = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * i))..]);
                length *= size;
                if (length > Array.MaxLength)
                {
                    throw new DataException($"{name} says it holds more bytes than the memory of one array. Split it.");
                }

                sizes[i] = (int)size;
            }

            return new IdxFile(sizes, ReadBytes(stream, (int)length));
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new DataException($"{name} is cut off or damaged: its header promises more than the file holds. Copy it again.", e);
        }
    }

    private static Stream Open(string path)
    {
        var file = File.OpenRead(path);
        var zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Grows with what really comes: a damaged header must not allocate gigabytes.</summary>
    private static byte[] ReadBytes(Stream stream, int length)
    {
        const int Step = 16 * 1024 * 1024;
        var bytes = new byte[Math.Min(length, Step)];
        var read = 0;
        while (read < length)
        {
            if (read == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(length, bytes.Length * 2L));
            }

            var count = stream.Read(bytes, read, bytes.Length - read);
            if (count == 0)
            {
                throw new EndOfStreamException();
            }

            read += count;
        }

        return bytes;
    }
}
