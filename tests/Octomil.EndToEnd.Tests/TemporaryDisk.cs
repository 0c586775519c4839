using System.Diagnostics;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>A small file system in memory, which can be filled and made read-only. Needs the right to mount.</summary>
internal sealed class TemporaryDisk : IDisposable
{
    private const int Bytes = 48 << 20;
    private const int BlockBytes = 4096;

    private readonly string _path = Directory.CreateTempSubdirectory("octomil-disk-").FullName;
    private int _mounts;

    private TemporaryDisk()
    {
    }

    /// <summary>The data folder on it.</summary>
    public string Folder => Path.Combine(_path, "data");

    private string Ballast => Path.Combine(_path, "ballast");

    /// <summary>Skips the test where mounting is not permitted.</summary>
    public static TemporaryDisk Mount()
    {
        var disk = new TemporaryDisk();

        if (!OperatingSystem.IsLinux() || !disk.TryMount("-t", "tmpfs", "-o", $"size={Bytes}", "tmpfs"))
        {
            disk.Dispose();
            Assert.Skip("Mounting a file system is not permitted here; run this test as root.");
        }

        Directory.CreateDirectory(disk.Folder);
        return disk;
    }

    /// <summary>Uses the disk up, but for so many bytes.</summary>
    public void Fill(int leave)
    {
        using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[BlockBytes];

        while (new DriveInfo(_path).AvailableFreeSpace > leave)
        {
            file.Write(block);
        }
    }

    public void Free() => File.Delete(Ballast);

    /// <summary>
    /// Puts a read-only view over the folder: files that are opened from now on cannot be written. A file system with open files
    /// cannot be made read-only by a mount, only by its own errors.
    /// </summary>
    public void MakeReadOnly()
    {
        Run("mount", "--bind", Folder, Folder);
        Run("mount", "-o", "remount,ro,bind", Folder);
    }

    public void MakeWritable() => Run("umount", "-l", Folder);

    public void Dispose()
    {
        for (; _mounts > 0; _mounts--)
        {
            // Lazily: a view that a failed test left over it goes with it.
            Run("umount", "-l", _path);
        }

        Directory.Delete(_path, recursive: true);
    }

    private bool TryMount(params string[] options)
    {
        try
        {
            Run("mount", [.. options, _path]);
            _mounts++;
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', args)}: {error}");
        }
    }
}
