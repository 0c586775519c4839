namespace Octomil.Learning.Weights.PyTorch;

/// <summary>The numbers of the ZIP format (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16) that are read and written here.</summary>
internal static class ZipFormat
{
    public const uint LocalSignature = 0x0403_4B50;
    public const uint CentralSignature = 0x0201_4B50;
    public const uint EndSignature = 0x0605_4B50;
    public const int LocalBytes = 30;
    public const int CentralBytes = 46;
    public const int EndBytes = 22;
    public const int Stored = 0;
    public const int Deflated = 8;
    public const int EncryptedFlags = 0x2041;

    /// <summary>Records beside the storages: the pickle, version, byte order and what newer writers add.</summary>
    public const int OtherRecords = 64;
}
