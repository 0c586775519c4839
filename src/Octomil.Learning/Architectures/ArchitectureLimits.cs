namespace Octomil.Learning.Architectures;

/// <summary>The largest sizes of the catalog, so that a description cannot ask for memory without end.</summary>
internal static class ArchitectureLimits
{
    public const int Layers = 32;
    public const int Width = 65_536;
    public const int Channels = 4096;
    public const int ImageSide = 4096;
    public const int ImageChannels = 16;
    public const int Classes = 100_000;
    public const int Features = 20_000;
    public const int Categories = 10_000;
    public const int MissingTexts = 100;
    public const int Columns = 1_000_000;
    public const int TextLength = 512;

    /// <summary>2 GB of float32.</summary>
    public const long Parameters = 500_000_000;
}
