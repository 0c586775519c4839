using Octomil.Devices;

namespace Octomil.Client.Versions;

/// <summary>A version of a model on this device, downloaded and verified.</summary>
/// <param name="ModelId">The model's id.</param>
/// <param name="Model">Its name, where the service said it.</param>
/// <param name="Version">The version.</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hex.</param>
/// <param name="File">Path of the safetensors file.</param>
public sealed record StoredVersion(string ModelId, string? Model, string Version, string Sha256, string File)
{
    internal bool Is(AssignedVersion assigned) => Version == assigned.Version && Sha256 == assigned.Sha256;
}
