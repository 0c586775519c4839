using System.Runtime.InteropServices;

namespace Octomil.Storage;

/// <summary>What .NET does not offer of the file system, and readable errors.</summary>
internal static partial class Disk
{
    private const int NoSpace = 28;
    private const int FileTooBig = 27;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;

    /// <summary>Makes names that were created in or moved into the folder survive a power cut.</summary>
    public static void FlushFolder(string path)
    {
        // Windows has no such call; NTFS logs its own names.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(path, 0);

        if (descriptor < 0)
        {
            throw Failed(path);
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw Failed(path);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    public static bool IsReadOnly(IOException exception) => exception.HResult == ReadOnlyFileSystem;

    /// <summary>An error of our own file as the exception that callers know.</summary>
    public static StorageUnavailableException Unavailable(Exception exception, string folder)
    {
        var reason = (exception as IOException)?.HResult switch
        {
            NoSpace => "the disk is full; free some space",
            QuotaExceeded => "the disk quota is used up",
            FileTooBig => "the file would be bigger than the system allows",
            ReadOnlyFileSystem => "the file system is read-only",
            _ => exception is UnauthorizedAccessException ? "permission denied; check the owner of the folder" : exception.Message,
        };
        return new StorageUnavailableException($"The payload folder {folder} is unavailable: {reason}.", exception);
    }

    private static IOException Failed(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Flushing {path} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
