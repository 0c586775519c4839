using Octomil.Inference.Models;
using Octomil.Learning.Architectures;
using Octomil.Learning.Architectures.Onnx;

namespace Octomil.Inference.Tests;

/// <summary>Small models with seeded weights, exported as the service does it.</summary>
internal static class TestModels
{
    public const string Heart = """
        {"kind": "mlp", "output_type": "binary", "output_dim": 1, "target_col": "disease", "classes": ["healthy", "ill"], "hidden": [8], "activation": "relu",
         "features": [{"name": "age", "type": "number"}, {"name": "chol", "type": "number", "missing": ["", "?", "0"]},
                      {"name": "cp", "type": "category", "categories": ["1", "2", "3", "4"]}], "seed": 1}
        """;

    public const string Iris = """
        {"kind": "linear", "output_type": "multiclass", "output_dim": 3, "target_col": "species", "classes": ["setosa", "versicolor", "virginica"],
         "features": [{"name": "length", "type": "number"}, {"name": "width", "type": "number"}], "seed": 2}
        """;

    public const string Price = """
        {"kind": "linear", "output_type": "regression", "output_dim": 1, "target_col": "price",
         "features": [{"name": "area", "type": "number"}, {"name": "rooms", "type": "number"}], "seed": 3}
        """;

    public const string Scan = """
        {"kind": "cnn", "output_type": "binary", "output_dim": 1, "target_col": "label", "classes": ["normal", "pneumonia"], "hidden": [4], "activation": "relu",
         "image": {"channels": 1, "height": 8, "width": 8}, "conv": [4], "seed": 4}
        """;

    public static ModelDescription Describe(string json, string name = "radiology-v1", string version = "1.0.0") =>
        new() { Model = name, Version = version, Architecture = Architecture.Parse(json) };

    public static async Task<string> ExportAsync(string json, string folder, string name = "radiology-v1", string version = "1.0.0")
    {
        var architecture = Architecture.Parse(json);
        var path = Path.Combine(folder, $"{name}-{version}.onnx");
        await using var file = File.Create(path);
        await OnnxExport.WriteAsync(file, architecture, architecture.Initialize(), (name, version), TestContext.Current.CancellationToken);
        return path;
    }

    /// <summary>An 8 x 8 grey PNG whose pixels are all of one value.</summary>
    public static string Png(int side = 8, byte value = 128)
    {
        // One IDAT of stored deflate blocks: rows of a filter byte and pixels.
        var raw = new byte[side * (side + 1)];
        for (var row = 0; row < side; row++)
        {
            raw.AsSpan(row * (side + 1) + 1, side).Fill(value);
        }

        using var data = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(data, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(raw);
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk(png, "IHDR", [0, 0, 0, (byte)side, 0, 0, 0, (byte)side, 8, 0, 0, 0, 0]);
        Chunk(png, "IDAT", data.ToArray());
        Chunk(png, "IEND", []);
        return "data:image/png;base64," + Convert.ToBase64String(png.ToArray());
    }

    private static void Chunk(Stream png, string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(number, System.IO.Hashing.Crc32.HashToUInt32(body));
        png.Write(number);
    }
}
