using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace Octomil.Benchmarks;

/// <summary>Models of the catalog with seeded weights, and what is asked of them.</summary>
internal static class ServedModels
{
    public const string Heart = """
        {"kind": "mlp", "output_type": "binary", "output_dim": 1, "target_col": "diagnosis", "classes": ["0", "1"], "hidden": [64, 32], "activation": "relu", "seed": 1,
         "features": [
          {"name": "age", "type": "number"}, {"name": "sex", "type": "category", "categories": ["0", "1"]},
          {"name": "cp", "type": "category", "categories": ["1", "2", "3", "4"]}, {"name": "trestbps", "type": "number"},
          {"name": "chol", "type": "number"}, {"name": "fbs", "type": "category", "categories": ["0", "1"]},
          {"name": "restecg", "type": "category", "categories": ["0", "1", "2"]}, {"name": "thalach", "type": "number"},
          {"name": "exang", "type": "category", "categories": ["0", "1"]}, {"name": "oldpeak", "type": "number"},
          {"name": "slope", "type": "category", "categories": ["1", "2", "3"]}, {"name": "ca", "type": "number"},
          {"name": "thal", "type": "category", "categories": ["3", "6", "7"]}]}
        """;

    public const string Scan = """
        {"kind": "cnn", "output_type": "binary", "output_dim": 1, "target_col": "label", "classes": ["normal", "pneumonia"], "hidden": [64], "activation": "relu",
         "image": {"channels": 1, "height": 28, "width": 28}, "conv": [8, 16], "seed": 1}
        """;

    public const string Patient =
        """{"age": 63, "sex": "1", "cp": "1", "trestbps": 145, "chol": 233, "fbs": "1", "restecg": "2", "thalach": 150, "exang": "0", "oldpeak": 2.3, "slope": "3", "ca": 0, "thal": "6"}""";

    private const int Side = 28;

    /// <summary>A message with a grey PNG of 28 x 28 pixels of noise.</summary>
    public static object Picture()
    {
        var rows = new byte[Side * (Side + 1)];
        new Random(1).NextBytes(rows);
        for (var row = 0; row < Side; row++)
        {
            // The row's filter: none.
            rows[row * (Side + 1)] = 0;
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        byte[] png =
        [
            0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR", [0, 0, 0, Side, 0, 0, 0, Side, 8, 0, 0, 0, 0]), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", []),
        ];
        return new[] { new { type = "image_url", image_url = new { url = $"data:image/png;base64,{Convert.ToBase64String(png)}" } } };
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        var chunk = new byte[sizeof(int) + body.Length + sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        body.CopyTo(chunk.AsSpan(sizeof(int)));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(sizeof(int) + body.Length), Crc32.HashToUInt32(body));
        return chunk;
    }
}
