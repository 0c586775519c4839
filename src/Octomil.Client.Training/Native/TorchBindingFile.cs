using System.Security.Cryptography;

namespace Octomil.Client.Training.Native;

/// <summary>Puts the relaxed binding where the loader finds it, safely among processes that start together.</summary>
internal static class TorchBindingFile
{
    /// <summary>
    /// Makes the binding loadable. Answers the path of the copy that must be loaded by hand, or null where the file in
    /// <paramref name="folder"/> will do.
    /// </summary>
    /// <param name="folder">The folder that holds <c>libLibTorchSharp.so</c>.</param>
    /// <param name="mayReplace">Whether the file belongs to this application alone (not to a package cache).</param>
    /// <param name="cacheFolder">A folder of this user, for when the file may not or cannot be replaced.</param>
    public static string? Relax(string folder, bool mayReplace, string cacheFolder)
    {
        var path = Path.Combine(folder, TorchBinding.FileName);
        if (TorchBinding.Relax(File.ReadAllBytes(path)) is not { } relaxed)
        {
            return null;
        }

        if (mayReplace && TryReplace(path, relaxed, File.GetLastWriteTimeUtc(path), FileMode(path)))
        {
            return null;
        }

        return InCache(relaxed, cacheFolder);
    }

    /// <summary>
    /// Writes beside the file and renames over it: builds hard-link this file to the package cache, whose copy must stay as it is, and a
    /// process that has just opened it must see the old or the new file, never half of one.
    /// </summary>
    private static bool TryReplace(string path, byte[] content, DateTime writtenAt, UnixFileMode mode)
    {
        var temporary = $"{path}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}.tmp";
        try
        {
            File.WriteAllBytes(temporary, content);
            SetFileMode(temporary, mode);
            // The old time: builds compare size and time, and would bring the unpatched file back.
            File.SetLastWriteTimeUtc(temporary, writtenAt);
            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DeleteQuietly(temporary);
            return false;
        }
    }

    private static string InCache(byte[] relaxed, string cacheFolder)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var folder = Path.Combine(cacheFolder, Convert.ToHexStringLower(SHA256.HashData(relaxed)));
        var path = Path.Combine(folder, TorchBinding.FileName);
        CreateFolder(folder, OwnerOnly);

        // Compared, not trusted: what lies there will be executed.
        if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(relaxed))
        {
            if (!TryReplace(path, relaxed, DateTime.UnixEpoch, OwnerOnly))
            {
                throw new IOException($"{TorchBinding.FileName} needs a copy that this machine's libstdc++ can load, but {folder} cannot be written.");
            }
        }

        return path;
    }

    private static void CreateFolder(string folder, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, mode);
        }
    }

    private static UnixFileMode FileMode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static void SetFileMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A read-only folder: there is nothing to delete.
        }
    }
}
