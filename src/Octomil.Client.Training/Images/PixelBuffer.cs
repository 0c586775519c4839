namespace Octomil.Client.Training.Images;

/// <summary>Bytes of many images of one shape, in pieces: together they may be larger than one array.</summary>
internal sealed class PixelBuffer(ImageShape shape)
{
    private readonly int _imagesPerPiece = Math.Max(1, 16 * 1024 * 1024 / shape.Length);
    private readonly List<byte[]> _pieces = [];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int image] => Slot(image);

    /// <summary>Appends an image and answers where its bytes go.</summary>
    public Span<byte> Add()
    {
        if (Count == _pieces.Count * _imagesPerPiece)
        {
            _pieces.Add(new byte[checked(_imagesPerPiece * shape.Length)]);
        }

        return Slot(Count++);
    }

    private Span<byte> Slot(int image) => _pieces[image / _imagesPerPiece].AsSpan(image % _imagesPerPiece * shape.Length, shape.Length);
}
