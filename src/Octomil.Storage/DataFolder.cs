using Microsoft.Extensions.Options;

namespace Octomil.Storage;

/// <summary>The data folder: where things are in it, and the lock that keeps a second server out.</summary>
internal sealed class DataFolder(IOptions<StorageOptions> options) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private FileStream? _lock;

    public string Root { get; } = Path.GetFullPath(options.Value.DataFolder);

    public string DatabasePath => Path.Combine(Root, "octomil.db");

    public string KeysPath => Path.Combine(Root, "keys");

    public string PayloadsPath => Path.Combine(Root, "payloads");

    private string LockPath => Path.Combine(Root, "server.lock");

    /// <summary>Creates what is missing and takes the lock.</summary>
    /// <exception cref="StorageUnavailableException">The folder cannot be used; the message says what to do.</exception>
    public void Open()
    {
        try
        {
            CreateOwned(Root);
            CreateOwned(KeysPath);
            CreateOwned(PayloadsPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception);
        }

        _lock = TakeLock();
    }

    public void Dispose() => _lock?.Dispose();

    private static void CreateOwned(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
    }

    private FileStream TakeLock()
    {
        try
        {
            return new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Unusable(exception);
        }
        catch (IOException exception)
        {
            throw Disk.IsReadOnly(exception)
                ? Unusable(exception)
                : new StorageUnavailableException(
                    $"The data folder {Root} is in use by another server, or its lock file {LockPath} cannot be opened ({exception.Message}). " +
                    $"Stop the other server, or give this one its own folder ({StorageOptions.Section}:DataFolder).", exception);
        }
    }

    private StorageUnavailableException Unusable(Exception exception) => new(
        $"The data folder {Root} cannot be written ({exception.Message}). Give the user {Environment.UserName} write permission to it, " +
        $"mount it writable, or set another folder ({StorageOptions.Section}:DataFolder).", exception);
}
