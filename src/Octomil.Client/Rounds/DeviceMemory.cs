using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.Client.Rounds;

/// <summary>
/// A vector that a device keeps from one round of a run to the next (<c>scaffold</c>, <c>feddyn</c>), in memory and, where it has a folder, on disk. What a round
/// made of it counts once a later round comes: until then the same round may come again, and starts from what was before.
/// </summary>
internal sealed class DeviceMemory(string? folder)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The vector at the beginning of a round; zeros at first, and where the model has another size now.</summary>
    public float[] At(string runId, string deviceId, int round, int length)
    {
        var entry = _entries.GetOrAdd(Key(runId, deviceId), Load);
        var values = entry.Round < round ? entry.After : entry.Before;
        return values.Length == length ? [.. values] : new float[length];
    }

    /// <summary>Keeps what an accepted update of a round was made from, and what it made of it.</summary>
    public void Keep(string runId, string deviceId, int round, float[] before, float[] after)
    {
        var entry = new Entry(round, before, after);
        _entries[Key(runId, deviceId)] = entry;

        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            var (path, fresh) = (PathOf(Key(runId, deviceId)), PathOf(Key(runId, deviceId)) + ".new");
            File.WriteAllBytes(fresh, [.. BitConverter.GetBytes(round), .. MemoryMarshal.AsBytes(before.AsSpan()), .. MemoryMarshal.AsBytes(after.AsSpan())]);
            File.Move(fresh, path, overwrite: true);
        }
    }

    private static string Key(string runId, string deviceId) => $"{runId}/{deviceId}";

    // Ids come from outside: they do not become paths.
    private string PathOf(string key) => Path.Combine(folder!, string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]}.control"));

    private Entry Load(string key)
    {
        if (folder is null || !File.Exists(PathOf(key)))
        {
            return new Entry(int.MinValue, [], []);
        }

        var bytes = File.ReadAllBytes(PathOf(key));
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(sizeof(int))).ToArray();
        return new Entry(BitConverter.ToInt32(bytes), values[..(values.Length / 2)], values[(values.Length / 2)..]);
    }

    private sealed record Entry(int Round, float[] Before, float[] After);
}
