using System.Security.Cryptography;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Devices;

namespace Octomil.Client.Versions;

/// <summary>Downloads a version into a file; goes on where it broke, also after a restart.</summary>
internal sealed class VersionDownload(OctomilApi api, ClientSettings settings, AssignedVersion version, string part)
{
    private string Path => $"models/{Uri.EscapeDataString(version.ModelId)}/versions/{Uri.EscapeDataString(version.Version)}/download?format=safetensors";

    /// <summary>Returns when the whole file is there and verified. Retries until the token is cancelled.</summary>
    /// <exception cref="OctomilException">Refused.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="InvalidDataException">The bytes are not the announced ones; they are deleted.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using (var target = new FileTarget(part))
        {
            var download = new ResumedDownload(api, settings, api.Address.For(Path), version.Sha256, $"version {version.Version}");
            await download.RunAsync(target, LogInterruption, cancellationToken);
            target.Flush();
        }

        var sha256 = await HashAsync(cancellationToken);
        if (sha256 != version.Sha256)
        {
            // A beginning that is wrong would be continued for ever.
            File.Delete(part);
            throw new InvalidDataException($"The file that arrived is not the announced one (its SHA-256 begins with {sha256[..12]}, not {version.Sha256[..12]}).");
        }
    }

    private async Task<string> HashAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(part);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private void LogInterruption(OctomilException failure, TimeSpan wait) =>
        VersionLog.Interrupted(settings.Logger, version.Version, version.ModelId, failure.Detail, wait.TotalSeconds);

    /// <summary>A file whose beginning may be there already.</summary>
    private sealed class FileTarget : IDownloadTarget, IAsyncDisposable
    {
        private readonly FileStream _file;
        private readonly byte[] _buffer = new byte[128 * 1024];

        public FileTarget(string path)
        {
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
            _file.Position = _file.Length;
        }

        public long Received => _file.Position;

        public long? Length => null;

        public Memory<byte> Room => _buffer;

        public void Restart()
        {
            _file.SetLength(0);
            _file.Position = 0;
        }

        public ValueTask TakeAsync(int count, CancellationToken cancellationToken) => _file.WriteAsync(_buffer.AsMemory(0, count), cancellationToken);

        public void Flush() => _file.Flush(flushToDisk: true);

        public ValueTask DisposeAsync() => _file.DisposeAsync();
    }
}
