using System.Diagnostics;
using Xunit;

namespace Octomil.Storage;

/// <summary>A file system of a few megabytes in memory, which can be filled. Tests that need it are skipped where it cannot be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _filler;

    private SmallDisk(string path)
    {
        Root = path;
        _filler = Path.Combine(path, "filler");
    }

    public string Root { get; }

    public static SmallDisk Mount(string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has tmpfs.");
        var path = Directory.CreateTempSubdirectory("octomil-disk-").FullName;

        if (!Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path))
        {
            Directory.Delete(path);
            Assert.Skip("Mounting tmpfs is not permitted here.");
        }

        return new SmallDisk(path);
    }

    /// <summary>Takes every block that is free.</summary>
    public void Fill()
    {
        using var file = new FileStream(_filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[4096];

        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(_filler);

    public void Dispose()
    {
        Run("umount", "--lazy", Root);
        Directory.Delete(Root);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
