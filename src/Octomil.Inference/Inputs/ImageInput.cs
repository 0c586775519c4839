using System.Buffers;
using System.Buffers.Text;
using Octomil.Client.Images;
using Octomil.Client.Tables;
using Octomil.Learning.Architectures;

namespace Octomil.Inference.Inputs;

/// <summary>Images from data URIs. Nothing is ever fetched: a picture that is elsewhere stays there.</summary>
internal static class ImageInput
{
    private const int ShownCharacters = 60;

    /// <summary>Decodes an image into bytes / 255 in the order channel, row, column.</summary>
    /// <exception cref="InferenceException">It is no data URI, cannot be decoded, or has another size.</exception>
    public static void Read(string uri, ImageShape shape, Span<float> row)
    {
        var pixels = ArrayPool<byte>.Shared.Rent(row.Length);
        try
        {
            Picture.Decode(Bytes(uri), shape, "The image", pixels);
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = pixels[i] / 255f;
            }
        }
        catch (DataException exception)
        {
            throw InferenceException.Invalid(exception.Message, "image_url", exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
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
}
