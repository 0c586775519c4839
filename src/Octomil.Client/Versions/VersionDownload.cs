using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Devices;

namespace Octomil.Client.Versions;

/// <summary>Downloads a version into a file; goes on where it broke, also after a restart.</summary>
internal sealed class VersionDownload(OctomilApi api, ClientSettings settings, AssignedVersion version, string part)
{
    private const int BufferBytes = 128 * 1024;

    // Without a single byte for so long the connection is taken for dead.
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Returns when the whole file is there and verified. Retries until the token is cancelled.</summary>
    /// <exception cref="OctomilException">Refused.</exception>
    /// <exception cref="InvalidDataException">The bytes are not the announced ones; they are deleted.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Retry.RunAsync(ReceiveAsync, settings, LogInterruption, int.MaxValue, cancellationToken);
        var sha256 = await HashAsync(cancellationToken);
        if (sha256 != version.Sha256)
        {
            // A beginning that is wrong would be continued for ever.
            File.Delete(part);
            throw new InvalidDataException($"The file that arrived is not the announced one (its SHA-256 begins with {sha256[..12]}, not {version.Sha256[..12]}).");
        }
    }

    private async Task<long> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(StallTimeout, settings.Clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        var received = 0L;
        try
        {
            await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            received = file.Length;
            using var response = await SendAsync(received, linked.Token);
            if (response is null)
            {
                return received;
            }

            // Anything but the rest that was asked for starts from the beginning.
            var isRest = response.StatusCode is HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == received;
            received = isRest ? received : 0;
            file.SetLength(received);
            file.Position = received;
            var whole = received + response.Content.Headers.ContentLength;
            await using var stream = await response.Content.ReadAsStreamAsync(linked.Token);
            var buffer = new byte[BufferBytes];
            while (await stream.ReadAsync(buffer, linked.Token) is > 0 and var count)
            {
                await file.WriteAsync(buffer.AsMemory(0, count), linked.Token);
                received += count;
                stall.CancelAfter(StallTimeout);
            }

            file.Flush(flushToDisk: true);
            return whole is null || received == whole ? received : throw Interrupted(received, null);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Interrupted(received, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
        {
            throw Interrupted(received, exception);
        }
    }

    // Null: all of it was there already.
    private async Task<HttpResponseMessage?> SendAsync(long received, CancellationToken cancellationToken)
    {
        var path = $"models/{Uri.EscapeDataString(version.ModelId)}/versions/{Uri.EscapeDataString(version.Version)}/download?format=safetensors";
        using var request = new HttpRequestMessage(HttpMethod.Get, api.Address.For(path));
        if (received > 0)
        {
            request.Headers.Range = new RangeHeaderValue(received, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue($"\"{version.Sha256}\""));
        }

        try
        {
            return await api.SendAsync(request, cancellationToken);
        }
        catch (OctomilException exception) when (exception.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return null;
        }
    }

    private async Task<string> HashAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(part);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private void LogInterruption(OctomilException failure, TimeSpan wait) =>
        VersionLog.Interrupted(settings.Logger, version.Version, version.ModelId, failure.Detail, wait.TotalSeconds);

    private static OctomilException Interrupted(long received, Exception? exception) => new(
        null, OctomilException.Unreachable, $"The download broke after {received} bytes.", exception);
}
