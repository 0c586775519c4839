using System.Net;
using System.Net.Http.Headers;

namespace Octomil.Models;

/// <summary>A file as a request body, streamed, telling how many bytes have gone out.</summary>
internal sealed class FileContent : HttpContent
{
    private readonly FileInfo _file;
    private readonly Action<long> _progress;

    public FileContent(FileInfo file, Action<long> progress)
    {
        _file = file;
        _progress = progress;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var source = Open();
        var buffer = new byte[128 * 1024];
        var sent = 0L;
        int read;
        while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            sent += read;
            _progress(sent);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _file.Length;
        return true;
    }

    private FileStream Open()
    {
        try
        {
            return new FileStream(_file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailureException(ExitCodes.Usage, $"{_file.FullName} cannot be read: {unreadable.Message}", inner: unreadable);
        }
    }
}
