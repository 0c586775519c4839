using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>One download of base weights, which goes on where it broke.</summary>
internal sealed class BaseDownload(OctomilApi api, ClientSettings settings, BaseWeightsMessage message)
{
    // Without a single byte for so long the connection is taken for dead.
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);
    private byte[] _file = [];
    private int _received;

    /// <summary>The whole file, verified. Retries until the token is cancelled.</summary>
    /// <exception cref="OctomilException">Refused, or the bytes are not the announced ones.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(CancellationToken cancellationToken)
    {
        if (message.Bytes is < 0 || message.Bytes > Array.MaxLength)
        {
            throw Wrong($"The base weights have {message.Bytes} bytes; this SDK takes at most {Array.MaxLength}.");
        }

        _file = new byte[message.Bytes];
        await Retry.RunAsync(ReceiveAsync, settings, LogInterruption, int.MaxValue, cancellationToken);
        return Convert.ToHexStringLower(SHA256.HashData(_file)) == message.Sha256
            ? _file
            : throw Wrong("The base weights that arrived are not the announced ones (their SHA-256 differs).");
    }

    private async Task<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(StallTimeout, settings.Clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            using var request = Request();
            using var response = await api.SendAsync(request, linked.Token);
            // Anything but the rest that was asked for starts from the beginning.
            var isRest = response.StatusCode is HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == _received;
            _received = isRest ? _received : 0;
            await using var stream = await response.Content.ReadAsStreamAsync(linked.Token);
            while (_received < _file.Length && await stream.ReadAsync(_file.AsMemory(_received), linked.Token) is > 0 and var count)
            {
                _received += count;
                stall.CancelAfter(StallTimeout);
            }

            return _received == _file.Length ? _received : throw Interrupted(null);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Interrupted(exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Interrupted(exception);
        }
    }

    private HttpRequestMessage Request()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, api.Address.Resolve(message.Url));
        if (_received > 0)
        {
            request.Headers.Range = new RangeHeaderValue(_received, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue($"\"{message.Sha256}\""));
        }

        return request;
    }

    private void LogInterruption(OctomilException failure, TimeSpan wait) =>
        RoundLog.DownloadInterrupted(settings.Logger, failure.Detail, _received, message.Bytes, wait.TotalSeconds);

    private OctomilException Interrupted(Exception? exception) => new(
        null, OctomilException.Unreachable, $"The download of the base weights broke after {_received} of {message.Bytes} bytes.", exception);

    private static OctomilException Wrong(string detail) => new(null, OctomilException.UnexpectedAnswer, detail);
}
