using Octomil.Storage;
using Octomil.Storage.Backups;

namespace Octomil.Server;

/// <summary><c>backup FILE</c> and <c>restore FILE [--force]</c> in the place of serving.</summary>
internal static class BackupCommands
{
    private const string Force = "--force";
    private const string Usage = "Usage: backup FILE | restore FILE [--force]";

    /// <summary>The exit code, or null where the arguments ask for none of the commands.</summary>
    public static async Task<int?> TryRunAsync(string[] args, IConfiguration configuration)
    {
        if (args is not ["backup" or "restore", ..])
        {
            return null;
        }

        var folder = Path.GetFullPath((configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new StorageOptions()).DataFolder);

        try
        {
            switch (args)
            {
                case ["backup", var target]:
                    var bytes = await DataBackup.WriteAsync(folder, target, TimeProvider.System, CancellationToken.None);
                    Console.WriteLine($"{folder} is backed up in {target} ({bytes:N0} bytes).");
                    return 0;
                case ["restore", var source] when source != Force:
                    await RestoreAsync(folder, source, force: false);
                    return 0;
                case ["restore", var replacement, Force]:
                    await RestoreAsync(folder, replacement, force: true);
                    return 0;
                default:
                    await Console.Error.WriteLineAsync(Usage);
                    return 2;
            }
        }
        catch (Exception exception) when (exception is BackupException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    private static async Task RestoreAsync(string folder, string file, bool force)
    {
        await DataRestore.RestoreAsync(folder, file, force, CancellationToken.None);
        Console.WriteLine($"{file} is restored into {folder}. Start the server on it.");
    }
}
