using System.Security.Cryptography;

namespace Octomil.Storage.Payloads;

/// <summary>
/// Names for the next checkpoints of a round, each of an empty file that is on the disk already. They are made several at a time, more
/// each time: to flush their folder for each one would be a wait for the disk more in every commit. Nothing refers to a checkpoint before
/// it is complete and flushed, and no name is used twice, so what a crash leaves under one goes with the round.
/// </summary>
internal sealed class CheckpointNames
{
    private const int NameBytes = 16;
    private const int Most = 16;

    private readonly Lock _gate = new();
    private readonly Stack<string> _free = [];
    private int _next = 2;

    /// <param name="folder">The round's.</param>
    /// <param name="ensureFolder">Creates it durably where it is missing.</param>
    public string Take(string folder, Action<string> ensureFolder)
    {
        lock (_gate)
        {
            // Whoever deletes the folder takes them with it.
            if (!_free.TryPop(out var name) || !File.Exists(Path.Combine(folder, name)))
            {
                _free.Clear();
                ensureFolder(folder);
                Make(folder);
                name = _free.Pop();
            }

            return name;
        }
    }

    private void Make(string folder)
    {
        for (var count = 0; count < _next; count++)
        {
            var name = RandomNumberGenerator.GetHexString(2 * NameBytes, lowercase: true);
            Disk.CreateFile(Path.Combine(folder, name)).Dispose();
            _free.Push(name);
        }

        Disk.FlushFolder(folder);
        _next = Math.Min(Most, 2 * _next);
    }
}
