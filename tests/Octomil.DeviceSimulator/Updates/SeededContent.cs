using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Octomil.Learning.Weights;

namespace Octomil.DeviceSimulator.Updates;

/// <summary>
/// The body of a seeded update: made while it is sent, into a buffer that is borrowed for as long as that takes. It may be sent slowly,
/// or break off in the middle.
/// </summary>
internal sealed class SeededContent : HttpContent
{
    private readonly WeightsLayout _layout;
    private readonly SeededUpdate _update;
    private readonly UpdateContent _content;

    public SeededContent(WeightsLayout layout, SeededUpdate update)
    {
        (_layout, _update) = (layout, update);
        _content = new UpdateContent { SampleCount = update.SampleCount };
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        Headers.ContentLength = UpdateWriter.GetLength(layout, _content);
    }

    /// <summary>How fast it is sent; null: as fast as it goes.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>True: the sender dies in the middle of it.</summary>
    public bool BreaksOff { get; init; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var count = (int)_layout.ParameterCount;
        var values = ArrayPool<float>.Shared.Rent(count);
        try
        {
            _update.Fill(values.AsSpan(0, count));
            await using var line = new SlowLine(stream, BytesPerSecond, BreaksOff ? Headers.ContentLength / 2 : null);
            await UpdateWriter.WriteAsync(line, _layout, values.AsMemory(0, count), _content, cancellationToken);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Headers.ContentLength!.Value;
        return true;
    }
}
