using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Octomil.Learning.Weights;

namespace Octomil.Models;

/// <summary>The multipart form of an upload, read as it arrives: texts are bounded, the file goes straight into tensors.</summary>
internal sealed class UploadForm
{
    private const int MostParts = 32;
    private const int TextBytes = 256 * 1024;

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    public ModelWeights? Weights { get; private set; }

    public string? this[string field] => _texts.TryGetValue(field, out var text) && text.Length > 0 ? text : null;

    public static string? BoundaryOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
            : null;

    /// <exception cref="WeightsFormatException">The file is no weights.</exception>
    /// <exception cref="InvalidDataException">The form or a part of it is too large.</exception>
    /// <exception cref="IOException">The form ends too early.</exception>
    public static async Task<UploadForm> ReadAsync(HttpRequest request, string boundary, long maxFileBytes, CancellationToken cancellationToken)
    {
        var form = new UploadForm();
        var reader = new MultipartReader(boundary, request.Body) { BodyLengthLimit = maxFileBytes };
        for (var parts = 0; await reader.ReadNextSectionAsync(cancellationToken) is { } section; parts++)
        {
            if (parts == MostParts)
            {
                throw new InvalidDataException($"The form has more than {MostParts} parts.");
            }

            await form.TakeAsync(section, maxFileBytes, cancellationToken);
        }

        return form;
    }

    private async Task TakeAsync(MultipartSection section, long maxFileBytes, CancellationToken cancellationToken)
    {
        if (section.GetContentDispositionHeader() is not { } disposition || HeaderUtilities.RemoveQuotes(disposition.Name).Value is not { } name)
        {
            return;
        }

        if (name == "file")
        {
            Weights = await UploadedWeights.ReadAsync(section.Body, maxFileBytes, cancellationToken);
            return;
        }

        _texts[name] = await TextAsync(section.Body, cancellationToken);
    }

    private static async Task<string> TextAsync(Stream body, CancellationToken cancellationToken)
    {
        var bytes = new byte[TextBytes];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return length < TextBytes
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw new InvalidDataException($"A field of the form is longer than {TextBytes / 1024} KB.");
    }
}
