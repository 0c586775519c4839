using Octomil.Client.Images;
using Octomil.Client.Tables;
using Octomil.Learning.Architectures;

namespace Octomil.Client.Training.Images;

/// <summary>One picture file.</summary>
internal static class ImageFile
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp"];

    public static bool IsOne(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Decodes into bytes in the order channel, row, column.</summary>
    /// <exception cref="DataException">It cannot be read, or has another size.</exception>
    public static void Decode(string path, ImageSize shape, Span<byte> destination) =>
        Picture.Decode(File.ReadAllBytes(path), new ImageShape(shape.Channels, shape.Height, shape.Width), path, destination);
}
