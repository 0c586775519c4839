using System.Text;
using Microsoft.Extensions.Options;
using Octomil.Storage.Backups;

namespace Octomil.Storage;

/// <summary>
/// The data folder: where things are in it, and the lock that keeps a second server out. The servers of a cluster share one, without
/// a database in it and without the lock.
/// </summary>
internal sealed class DataFolder(IOptions<StorageOptions> options, IOptions<ClusterOptions>? cluster = null) : IDisposable
{
    private readonly Lock _opening = new();
    private bool _isOpen;
    private FileStream? _lock;

    public string Root { get; } = Path.GetFullPath(options.Value.DataFolder);

    public string DatabasePath => Path.Combine(Root, "octomil.db");

    public string KeysPath => Path.Combine(Root, "keys");

    public string PayloadsPath => Path.Combine(Root, "payloads");

    /// <summary>Whether other servers work in the folder at the same time.</summary>
    public bool IsShared => cluster?.Value.IsCluster ?? false;

    private string LockPath => Path.Combine(Root, "server.lock");

    // Names the database that a shared folder belongs to.
    private string OwnerPath => Path.Combine(Root, "database.id");

    /// <summary>Creates what is missing, takes the lock, and takes everything from everybody but the owner. Does nothing when it is open.</summary>
    /// <exception cref="StorageUnavailableException">The folder cannot be used; the message says what to do.</exception>
    public void Open()
    {
        lock (_opening)
        {
            if (_isOpen)
            {
                return;
            }

            Create(() => CreateRoot(Root));
            CheckKind();
            _lock = IsShared ? null : TakeLock();

            if (Directory.Exists(Path.Combine(Root, DataRestore.Unfinished)))
            {
                throw new StorageUnavailableException($"A restore into the data folder {Root} was not finished. Restore the backup again, with --force.");
            }

            Create(CreateContent);
            _isOpen = true;
        }
    }

    /// <summary>
    /// Makes the shared folder the database's. Servers of another one would take the rounds in it for what a crash has left, and delete them.
    /// </summary>
    /// <exception cref="StorageUnavailableException">It is another database's.</exception>
    public void Claim(string databaseId)
    {
        if (!File.Exists(OwnerPath))
        {
            Create(() =>
            {
                using (var file = Disk.CreateFile(OwnerPath))
                {
                    file.Write(Encoding.ASCII.GetBytes(databaseId));
                    file.Flush(flushToDisk: true);
                }

                Disk.FlushFolder(Root);
            });
        }
        else if (File.ReadAllText(OwnerPath) != databaseId)
        {
            throw new StorageUnavailableException(
                $"The data folder {Root} belongs to another database than the one of {ClusterOptions.Section}:ConnectionString. " +
                $"Give these servers a folder of their own ({StorageOptions.Section}:DataFolder), or the database that goes with it.");
        }
    }

    public void Dispose() => _lock?.Dispose();

    private void CheckKind()
    {
        if (IsShared && File.Exists(DatabasePath))
        {
            throw new StorageUnavailableException(
                $"The data folder {Root} is a single server's, with its database in it; a cluster cannot take it over. " +
                $"Give the cluster an empty folder ({StorageOptions.Section}:DataFolder).");
        }

        if (!IsShared && File.Exists(OwnerPath))
        {
            throw new StorageUnavailableException(
                $"The data folder {Root} is a cluster's. Start this server as one of it ({ClusterOptions.Section}:Mode={ClusterOptions.Cluster}), " +
                $"or give it its own folder ({StorageOptions.Section}:DataFolder).");
        }
    }

    private void Create(Action create)
    {
        try
        {
            create();
        }
        catch (Exception exception) when (Disk.IsTrouble(exception))
        {
            throw Unusable(exception);
        }
    }

    private static void CreateRoot(string root)
    {
        try
        {
            Disk.CreateFolder(root);
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(root))
        {
            // A mounted volume often belongs to another user, who alone may change its mode. What is in it is ours.
        }
    }

    private void CreateContent()
    {
        Disk.CreateFolder(KeysPath);
        Disk.CreateFolder(PayloadsPath);

        foreach (var key in Directory.EnumerateFiles(KeysPath))
        {
            Disk.Restrict(key);
        }

        if (!IsShared)
        {
            CreateDatabase();
        }

        Disk.FlushFolder(Root);
    }

    private void CreateDatabase()
    {
        Disk.Restrict(LockPath);

        // SQLite would create its file for everybody to read. It gives the log beside it the mode of the file.
        Disk.Open(DatabasePath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        Disk.Restrict(DatabasePath);
        Disk.Restrict(DatabasePath + "-wal");
        Disk.Restrict(DatabasePath + "-shm");
    }

    private FileStream TakeLock()
    {
        try
        {
            return Disk.Open(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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
