using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Octomil.Storage;

/// <summary>Files and folders that only their owner may use, what .NET does not offer of the file system, and readable errors.</summary>
internal static partial class Disk
{
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnly = OwnerReadsAndWrites | UnixFileMode.UserExecute;

    private const int BufferBytes = 1 << 16;

    private const int NoSuchFile = 2;
    private const int FileIsThere = 17;
    private const int FileTooBig = 27;
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;

    // SYNC_FILE_RANGE_WRITE: begin, do not wait.
    private const uint BeginWriting = 2;

    /// <summary>Creates the folder where it is missing; its owner's only, also where it was there.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // The mode that is asked for at creation counts only where the folder is new.
        if (Directory.CreateDirectory(path, OwnerOnly).UnixFileMode != OwnerOnly)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    /// <summary>Takes the file from everybody but its owner, where it is there.</summary>
    public static void Restrict(string file)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(file))
        {
            File.SetUnixFileMode(file, OwnerReadsAndWrites);
        }
    }

    /// <summary>A new file, its owner's only.</summary>
    /// <param name="path">There must be no such file.</param>
    /// <param name="bytes">How long it will be, where that is known: a full disk shows at once.</param>
    public static FileStream CreateFile(string path, long bytes = 0) => Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bytes);

    /// <summary>Opens or creates a file, its owner's only.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share, long bytes = 0)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, PreallocationSize = bytes, BufferSize = BufferBytes };

        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = OwnerReadsAndWrites;
        }

        return new FileStream(path, options);
    }

    /// <summary>
    /// Gives a finished file a second name, unless that is taken: then false. Decided by the file system, so also between processes
    /// and machines that share it.
    /// </summary>
    public static bool TryLink(string file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Servers that share a data folder run on Linux.");
        }

        return Link(file, name) == 0 || (Marshal.GetLastPInvokeError() == FileIsThere ? false : throw Failed($"Naming {name}"));
    }

    /// <summary>Has the system begin to write these bytes to the disk, so that a flush later finds less to do. A hint: it may do nothing.</summary>
    public static void BeginWriteBack(SafeFileHandle file, long offset, long bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            // An error would come back from the flush, which is what counts.
            _ = SyncFileRange(file, offset, bytes, BeginWriting);
        }
    }

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
            throw Failed($"Flushing {path}");
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw Failed($"Flushing {path}");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Gives a file another name beside its own, if it is there and the name is free.</summary>
    public static void LinkIfThere(string file, string name)
    {
        if (File.Exists(name))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            File.Copy(file, name);
        }
        else if (Link(file, name) != 0 && Marshal.GetLastPInvokeError() is not (NoSuchFile or FileIsThere))
        {
            throw Failed($"Linking {file}");
        }
    }

    public static bool IsReadOnly(IOException exception) => exception.HResult == ReadOnlyFileSystem;

    /// <summary>True for what the file system throws, false for what says more already.</summary>
    public static bool IsTrouble(Exception exception) => exception is UnauthorizedAccessException
        || (exception is IOException and not (StorageUnavailableException or PayloadMissingException or PayloadDamagedException));

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

    private static IOException Failed(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long bytes, uint flags);
}
