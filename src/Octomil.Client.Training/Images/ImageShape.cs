namespace Octomil.Client.Training.Images;

/// <summary>The size of a model's images in pixels.</summary>
internal readonly record struct ImageShape(int Channels, int Height, int Width)
{
    public int Length => checked(Channels * Height * Width);

    public override string ToString() => $"{Channels} x {Height} x {Width} (channels, height, width)";
}
