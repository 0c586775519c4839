using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Octomil.Storage.Sqlite;

namespace Octomil.Storage.Backups;

/// <summary>
/// One moment of a data folder that is in use: the database as one transaction sees it, and links to the weights that it names, which
/// the server may delete meanwhile. Rounds' checkpoints and keys are not in it, nor the key ring.
/// </summary>
internal sealed class BackupStage : IDisposable
{
    private const int Attempts = 20;

    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    private readonly string _root;
    private readonly string _payloads;

    private BackupStage(string dataFolder)
    {
        _payloads = Path.Combine(dataFolder, "payloads");
        // A server that starts clears this folder: what a crash leaves here does not stay.
        _root = Path.Combine(_payloads, "tmp", "backup-" + RandomNumberGenerator.GetHexString(16, lowercase: true));
        Disk.CreateFolder(_root);
    }

    /// <summary>Names as they are in the data folder, and the files that hold their bytes.</summary>
    public IEnumerable<(string Name, string File)> Files => Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories)
        .Select(file => (Path.GetRelativePath(_root, file).Replace(Path.DirectorySeparatorChar, '/'), file))
        .OrderBy(pair => pair.Item1, StringComparer.Ordinal);

    public static BackupStage Take(string dataFolder)
    {
        var stage = new BackupStage(dataFolder);

        try
        {
            stage.Take(Path.Combine(dataFolder, "octomil.db"), Path.Combine(stage._root, "octomil.db"));
            return stage;
        }
        catch (SqliteException exception)
        {
            stage.Dispose();
            throw SqliteErrors.Translate(exception, dataFolder);
        }
        catch
        {
            stage.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // A run drops weights when its row names the next: links of before and after the moment of the database hold both, unless the run
    // went two rounds on in between. Then another moment is taken. What two moments name and neither has is no weights: those were
    // there all the time between them. (Hashes of layouts look like names of weights too.)
    private void Take(string database, string copy)
    {
        HashSet<string>? before = null;

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            File.Delete(copy);
            LinkAll();

            // Not read-only: SQLite takes VACUUM INTO for a write.
            using (var session = SqliteSession.Open(database, BusyTimeout, readOnly: false))
            {
                var statement = session.Statement("VACUUM INTO @Copy");
                statement.Parameters.AddWithValue("@Copy", copy);
                statement.ExecuteNonQuery();
            }

            LinkAll();

            var missing = NamedIn(copy);
            missing.ExceptWith(Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)!));

            if (missing.Count == 0 || (before is not null && missing.IsSubsetOf(before)))
            {
                return;
            }

            before = missing;
        }

        throw new BackupException("The runs go on faster than weights can be linked. Try again while less is going on.");
    }

    private void LinkAll()
    {
        foreach (var part in (string[])["weights", "runs"])
        {
            foreach (var folder in Directory.EnumerateDirectories(Path.Combine(_payloads, part)))
            {
                LinkFolder(folder, Path.Combine(_root, "payloads", part, Path.GetFileName(folder)));
            }
        }
    }

    private static void LinkFolder(string from, string to)
    {
        try
        {
            foreach (var file in Directory.GetFiles(from))
            {
                Disk.CreateFolder(to);
                Disk.LinkIfThere(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }
        catch (DirectoryNotFoundException)
        {
            // The run has just ended.
        }
    }

    // What versions name, and what runs that are not over name.
    private static HashSet<string> NamedIn(string database)
    {
        using var session = SqliteSession.Open(database, BusyTimeout, readOnly: true);
        var (names, runs, open) = (new HashSet<string>(StringComparer.Ordinal), new List<(string Id, byte[] State)>(), "");
        using var reader = session.Statement("""
            SELECT GrainTypeString, GrainIdExtensionString, PayloadBinary FROM OrleansStorage
            WHERE PayloadBinary IS NOT NULL AND GrainTypeString IN ('model', 'run', 'open-runs')
            """).ExecuteReader();

        while (reader.Read())
        {
            var (type, id, state) = (reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2));

            switch (type)
            {
                case "model":
                    HashNames.AddTo(names, state);
                    break;
                case "run":
                    runs.Add((id, state));
                    break;
                default:
                    open += Encoding.Latin1.GetString(state);
                    break;
            }
        }

        foreach (var (_, state) in runs.Where(run => open.Contains(run.Id, StringComparison.Ordinal)))
        {
            HashNames.AddTo(names, state);
        }

        return names;
    }
}
