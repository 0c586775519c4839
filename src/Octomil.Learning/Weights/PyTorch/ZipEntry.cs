namespace Octomil.Learning.Weights.PyTorch;

/// <summary>One record of an archive that lies in memory.</summary>
/// <param name="Name">Without the root folder.</param>
/// <param name="Start">First byte of its content in the archive.</param>
/// <param name="StoredBytes">Bytes of the content in the archive.</param>
/// <param name="Bytes">Bytes of the content once inflated.</param>
/// <param name="Crc">CRC-32 of those.</param>
/// <param name="IsDeflated">False: the content is there as it is.</param>
internal readonly record struct ZipEntry(string Name, int Start, int StoredBytes, int Bytes, uint Crc, bool IsDeflated);
