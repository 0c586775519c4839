using System.Net;
using System.Net.Http.Headers;
using Octomil.Client.Connections;

namespace Octomil.Client.Http;

/// <summary>One file of the service, received in as many parts as the network makes of it: each try goes on where the last one broke.</summary>
/// <param name="api">The service.</param>
/// <param name="settings">Clock and chance.</param>
/// <param name="address">Where the file is.</param>
/// <param name="sha256">Its SHA-256, lower-case hex, which is its ETag: of another file the rest is not taken.</param>
/// <param name="what">What messages call it.</param>
internal sealed class ResumedDownload(OctomilApi api, ClientSettings settings, Uri address, string sha256, string what)
{
    // Without a single byte for so long the connection is taken for dead.
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Returns when the target has all of it, unverified. Retries until the token is cancelled.</summary>
    /// <exception cref="OctomilException">Refused.</exception>
    /// <remarks>What the target's own writing throws comes as it is.</remarks>
    public Task RunAsync(IDownloadTarget target, Action<OctomilException, TimeSpan> onInterruption, CancellationToken cancellationToken) =>
        Retry.RunAsync(token => ReceiveAsync(target, token), settings, onInterruption, int.MaxValue, cancellationToken);

    private async Task<long> ReceiveAsync(IDownloadTarget target, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(StallTimeout, settings.Clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            using var response = await SendAsync(target.Received, linked.Token);
            if (response is null)
            {
                return target.Received;
            }

            // Anything but the rest that was asked for starts from the beginning.
            if (response.StatusCode is not HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != target.Received)
            {
                target.Restart();
            }

            var whole = target.Length ?? target.Received + response.Content.Headers.ContentLength;
            await using var stream = await response.Content.ReadAsStreamAsync(linked.Token);
            while (target.Room is { IsEmpty: false } room && await ReadAsync(stream, room, target, linked.Token) is > 0 and var count)
            {
                await target.TakeAsync(count, linked.Token);
                stall.CancelAfter(StallTimeout);
            }

            return whole is null || target.Received == whole ? target.Received : throw Interrupted(target, null);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Interrupted(target, exception);
        }
    }

    // Null: all of it was there already.
    private async Task<HttpResponseMessage?> SendAsync(long received, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (received > 0)
        {
            request.Headers.Range = new RangeHeaderValue(received, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue($"\"{sha256}\""));
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

    // Only what the network does is an interruption; a full disk is none.
    private async ValueTask<int> ReadAsync(Stream stream, Memory<byte> room, IDownloadTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(room, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Interrupted(target, exception);
        }
    }

    private OctomilException Interrupted(IDownloadTarget target, Exception? exception) => new(
        null, OctomilException.Unreachable, $"The download of {what} broke after {target.Received} bytes.", exception);
}

/// <summary>Where a download goes.</summary>
internal interface IDownloadTarget
{
    /// <summary>Bytes that are there, from the beginning of the file.</summary>
    long Received { get; }

    /// <summary>Bytes of the whole file; null: as the service says.</summary>
    long? Length { get; }

    /// <summary>Where the next bytes go; empty: no more are wanted.</summary>
    Memory<byte> Room { get; }

    /// <summary>Forgets what is there.</summary>
    void Restart();

    /// <summary>So many bytes have been put into <see cref="Room"/>.</summary>
    ValueTask TakeAsync(int count, CancellationToken cancellationToken);
}
