namespace Octomil.Learning.Architectures;

/// <summary>The size of an input image in pixels.</summary>
/// <param name="Channels">Values per pixel.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public sealed record ImageShape(int Channels, int Height, int Width);
