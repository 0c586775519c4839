using System.Text.Json;
using System.Threading.Channels;

namespace Octomil.DeviceSimulator.Histories;

/// <summary>Writes a history as JSON lines. Anybody may record; one task writes.</summary>
internal sealed class HistoryWriter : IAsyncDisposable
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();

    private readonly Channel<HistoryEvent> _events = Channel.CreateUnbounded<HistoryEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Stream _stream;
    private readonly Task _writing;

    public HistoryWriter(Stream stream)
    {
        _stream = stream;
        _writing = WriteAsync();
    }

    public void Record(HistoryEvent happened) => _events.Writer.TryWrite(happened.At is null ? happened with { At = DateTimeOffset.UtcNow } : happened);

    /// <summary>Ends the file; throws what kept it from being written.</summary>
    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await _writing;
        await _stream.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        await foreach (var happened in _events.Reader.ReadAllAsync())
        {
            await JsonSerializer.SerializeAsync(_stream, happened, ContractJson.Options);
            await _stream.WriteAsync(NewLine);
        }

        await _stream.FlushAsync();
    }
}
