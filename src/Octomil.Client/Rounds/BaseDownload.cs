using System.Security.Cryptography;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>One download of base weights into memory, which goes on where it broke.</summary>
internal sealed class BaseDownload(OctomilApi api, ClientSettings settings, BaseWeightsMessage message) : IDownloadTarget
{
    private byte[] _file = [];
    private int _received;

    long IDownloadTarget.Received => _received;

    long? IDownloadTarget.Length => _file.Length;

    Memory<byte> IDownloadTarget.Room => _file.AsMemory(_received);

    /// <summary>The whole file, verified. Retries until the token is cancelled.</summary>
    /// <exception cref="OctomilException">Refused, or the bytes are not the announced ones.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(CancellationToken cancellationToken)
    {
        if (message.Bytes is < 0 || message.Bytes > Array.MaxLength)
        {
            throw Wrong($"The base weights have {message.Bytes} bytes; this SDK takes at most {Array.MaxLength}.");
        }

        _file = new byte[message.Bytes];
        var download = new ResumedDownload(api, settings, api.Address.Resolve(message.Url), message.Sha256, "the base weights");
        await download.RunAsync(this, LogInterruption, cancellationToken);
        return Convert.ToHexStringLower(SHA256.HashData(_file)) == message.Sha256
            ? _file
            : throw Wrong("The base weights that arrived are not the announced ones (their SHA-256 differs).");
    }

    void IDownloadTarget.Restart() => _received = 0;

    ValueTask IDownloadTarget.TakeAsync(int count, CancellationToken cancellationToken)
    {
        _received += count;
        return ValueTask.CompletedTask;
    }

    private void LogInterruption(OctomilException failure, TimeSpan wait) =>
        RoundLog.DownloadInterrupted(settings.Logger, failure.Detail, _received, message.Bytes, wait.TotalSeconds);

    private static OctomilException Wrong(string detail) => new(null, OctomilException.UnexpectedAnswer, detail);
}
