using Octomil.Client.Tables;
using Octomil.Learning.Architectures;
using StbImageSharp;

namespace Octomil.Client.Images;

/// <summary>Decodes pictures (PNG, JPEG, BMP) for models that take images.</summary>
public static class Picture
{
    /// <summary>Decodes a picture into bytes, 0 to 255, in the order channel, row, column.</summary>
    /// <param name="bytes">The encoded picture.</param>
    /// <param name="shape">Channels, height and width in pixels; a grey picture becomes as many channels as are asked for, and the reverse.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="destination">Channels x height x width bytes.</param>
    /// <exception cref="DataException">It is no picture, is damaged, or has another size. Nothing is resized.</exception>
    public static void Decode(byte[] bytes, ImageShape shape, string name, Span<byte> destination)
    {
        var size = Guarded(name, () => ImageInfo.FromStream(new MemoryStream(bytes))) ?? throw new DataException($"{name} is not a picture that can be read. Save it as PNG.");

        // Before decoding: a small file may unpack to gigabytes.
        if (size.Width != shape.Width || size.Height != shape.Height)
        {
            throw new DataException(
                $"{name} is {size.Width} wide and {size.Height} high where the model's images are {shape.Width} wide and {shape.Height} high. Resize it.");
        }

        var image = Guarded(name, () => ImageResult.FromMemory(bytes, Components(shape.Channels)));
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

    private static T Guarded<T>(string name, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException and not DataException)
        {
            // The decoder throws whatever a damaged file runs into, index errors included.
            throw new DataException($"{name} is not a picture that can be read: {exception.Message} Save it as PNG.", exception);
        }
    }
}
