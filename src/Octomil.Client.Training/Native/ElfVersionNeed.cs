namespace Octomil.Client.Training.Native;

/// <summary>One entry of a library's version needs.</summary>
/// <param name="Library">The library asked, as <c>libstdc++.so.6</c>.</param>
/// <param name="Version">The version asked for, as <c>GLIBCXX_3.4.32</c>.</param>
/// <param name="FlagsOffset">Where in the file its two bytes of flags stand.</param>
/// <param name="Flags">Those flags.</param>
internal sealed record ElfVersionNeed(string Library, string Version, int FlagsOffset, ushort Flags)
{
    /// <summary><c>VER_FLG_WEAK</c>: the loader accepts a library that lacks the version.</summary>
    public const ushort Weak = 2;

    public bool IsWeak => (Flags & Weak) != 0;
}
