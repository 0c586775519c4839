using System.Buffers.Binary;

namespace Octomil.Client.Training.Native;

/// <summary>
/// TorchSharp's binding <c>libLibTorchSharp.so</c> asks for <c>GLIBCXX_3.4.32</c> of libstdc++. The one symbol behind that version is a
/// marker of the compiler that no relocation refers to, so the library also runs on an older libstdc++ once the need is marked weak.
/// </summary>
internal static class TorchBinding
{
    public const string FileName = "libLibTorchSharp.so";
    public const string StandardLibrary = "libstdc++.so.6";
    public const string HarmlessVersion = "GLIBCXX_3.4.32";

    /// <summary>The library with its need marked weak, or null where nothing is to change (weak already, not asked for, not such a file).</summary>
    public static byte[]? Relax(byte[] library)
    {
        if (!ElfImage.TryRead(library, out var image))
        {
            return null;
        }

        var need = image.VersionNeeds().FirstOrDefault(n => n is { Library: StandardLibrary, Version: HarmlessVersion });
        if (need is null or { IsWeak: true })
        {
            return null;
        }

        var relaxed = (byte[])library.Clone();
        BinaryPrimitives.WriteUInt16LittleEndian(relaxed.AsSpan(need.FlagsOffset), (ushort)(need.Flags | ElfVersionNeed.Weak));
        return relaxed;
    }

    /// <summary>Whether the given libstdc++ offers the version by itself.</summary>
    public static bool IsOffered(byte[] standardLibrary) =>
        ElfImage.TryRead(standardLibrary, out var image) && image.VersionDefinitions().Contains(HarmlessVersion);
}
