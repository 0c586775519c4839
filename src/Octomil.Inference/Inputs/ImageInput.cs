using System.Buffers.Text;
using Octomil.Learning.Architectures;
using StbImageSharp;

namespace Octomil.Inference.Inputs;

/// <summary>Images from data URIs. Nothing is ever fetched: a picture that is elsewhere stays there.</summary>
internal static class ImageInput
{
    private const int ShownCharacters = 60;

    /// <summary>Decodes an image into bytes / 255 in the order channel, row, column.</summary>
    /// <exception cref="InferenceException">It is no data URI, cannot be decoded, or has another size.</exception>
    public static void Read(string uri, ImageShape shape, Span<float> row)
    {
        var bytes = Bytes(uri);
        var size = Decoded(() => ImageInfo.FromStream(new MemoryStream(bytes)))
            ?? throw InferenceException.Invalid("The image is not a PNG, JPEG or BMP that can be read.", "image_url");

        // Before decoding: a small file may unpack to gigabytes.
        if (size.Width != shape.Width || size.Height != shape.Height)
        {
            throw InferenceException.Invalid(
                $"The image is {size.Width} wide and {size.Height} high; the model takes images {shape.Width} wide and {shape.Height} high. Resize it.", "image_url");
        }

        var image = Decoded(() => ImageResult.FromMemory(bytes, Components(shape.Channels)));
        var pixels = shape.Height * shape.Width;
        for (var i = 0; i < image.Data.Length; i++)
        {
            row[(i % shape.Channels * pixels) + (i / shape.Channels)] = image.Data[i] / 255f;
        }
    }

    private static byte[] Bytes(string uri)
    {
        var comma = uri.IndexOf(',', StringComparison.Ordinal);
        if (!uri.StartsWith("data:", StringComparison.OrdinalIgnoreCase) || comma < 0 || !uri.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
        {
            throw InferenceException.Invalid(
                $"An image must be a data URI, such as data:image/png;base64,...; this begins with '{uri[..Math.Min(uri.Length, ShownCharacters)]}'. Images are never fetched from addresses.",
                "image_url");
        }

        var text = uri.AsSpan(comma + 1);
        return Base64.IsValid(text) ? Convert.FromBase64String(text.ToString()) : throw InferenceException.Invalid("The image's data URI is not valid base64.", "image_url");
    }

    private static ColorComponents Components(int channels) => channels switch
    {
        1 => ColorComponents.Grey,
        2 => ColorComponents.GreyAlpha,
        3 => ColorComponents.RedGreenBlue,
        4 => ColorComponents.RedGreenBlueAlpha,
        _ => throw InferenceException.Invalid($"The model's images have {channels} channels; pictures have 1 to 4.", "image_url"),
    };

    private static T Decoded<T>(Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The decoder throws whatever a damaged file runs into, index errors included.
            throw InferenceException.Invalid($"The image cannot be read: {exception.Message}", "image_url", exception);
        }
    }
}
