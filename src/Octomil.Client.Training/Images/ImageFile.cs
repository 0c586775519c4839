using Octomil.Client.Tables;
using StbImageSharp;

namespace Octomil.Client.Training.Images;

/// <summary>One picture file.</summary>
internal static class ImageFile
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp"];

    public static bool IsOne(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Decodes into bytes in the order channel, row, column.</summary>
    /// <exception cref="DataException">It cannot be read, or has another size.</exception>
    public static void Decode(string path, ImageShape shape, Span<byte> destination)
    {
        var bytes = File.ReadAllBytes(path);
        var size = Guarded(path, () => ImageInfo.FromStream(new MemoryStream(bytes)))
            ?? throw new DataException($"{path} is not a picture that can be read. Save it as PNG.");

        // Before decoding: a small file may unpack to gigabytes.
        if (size.Width != shape.Width || size.Height != shape.Height)
        {
            throw new DataException(
                $"{path} is {size.Width} wide and {size.Height} high where the model's images are {shape.Width} wide and {shape.Height} high. Resize it.");
        }

        var image = Guarded(path, () => ImageResult.FromMemory(bytes, Components(shape.Channels)));
        var pixels = shape.Height * shape.Width;
        for (var i = 0; i < image.Data.Length; i++)
        {
            destination[(i % shape.Channels * pixels) + (i / shape.Channels)] = image.Data[i];
        }
    }

    private static ColorComponents Components(int channels) => channels switch
    {
        1 => ColorComponents.Grey,
        2 => ColorComponents.GreyAlpha,
        3 => ColorComponents.RedGreenBlue,
        4 => ColorComponents.RedGreenBlueAlpha,
        _ => throw new DataException($"The model's images have {channels} channels; pictures have 1 to 4. Use idx files."),
    };

    private static T Guarded<T>(string path, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The decoder throws whatever a damaged file runs into, index errors included.
            throw new DataException($"{path} is not a picture that can be read: {e.Message} Save it as PNG.", e);
        }
    }
}
