using System.Security.Cryptography;

namespace Octomil.Models;

/// <summary>Writes an answer's body to a file: complete and as the service's checksum says, or not at all.</summary>
internal sealed class Download(ApiClient api, HttpResponseMessage response, StallGuard guard)
{
    public long? Length => response.Content.Headers.ContentLength;

    /// <summary>Whether there was a checksum to compare with.</summary>
    public bool Verified => Expected is not null;

    private string? Expected
    {
        get
        {
            var tag = response.Headers.ETag?.Tag.Trim('"');
            return tag?.Length == SHA256.HashSizeInBytes * 2 && tag.All(char.IsAsciiHexDigit) ? tag : null;
        }
    }

    public async Task<string> SaveAsync(string target, Action<long> progress)
    {
        var partial = target + ".part";
        try
        {
            var actual = await WriteAsync(partial, progress);
            if (Expected is { } expected && !string.Equals(expected, actual, StringComparison.OrdinalIgnoreCase))
            {
                throw new CommandFailureException(
                    ExitCodes.Refused, $"The download is damaged: its SHA-256 is {actual}, the service says {expected}.", "try again; nothing was kept");
            }

            File.Move(partial, target, overwrite: true);
            return actual;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailureException(ExitCodes.Refused, $"{target} cannot be written: {unwritable.Message}", inner: unwritable);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task<string> WriteAsync(string partial, Action<long> progress)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        await using var body = await response.Content.ReadAsStreamAsync(guard.Token);
        var buffer = new byte[128 * 1024];
        var received = 0L;
        int read;
        while ((read = await api.TranslateAsync(guard, async token => await body.ReadAsync(buffer, token))) > 0)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), guard.Token);
            received += read;
            guard.Progressed();
            progress(received);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
