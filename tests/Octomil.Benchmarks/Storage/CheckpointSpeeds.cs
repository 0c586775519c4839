using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Octomil.Storage;

namespace Octomil.Benchmarks;

/// <summary>
/// A checkpoint is saved (encrypted, flushed, named) and read back (checked, decrypted); a plain file of as many bytes is written,
/// flushed and read in the same way in between. What is read was written just before, so both come from the page cache.
/// </summary>
internal sealed class CheckpointSpeeds(IPayloadStore payloads, string folder)
{
    private const int Sums = 10_000_000;
    private const int Rounds = 9;
    private const int WarmUps = 2;
    private const int PieceBytes = 1 << 20;
    // As wide as those of a round: i * 7919 is below 2^39.
    private const int SumBytes = 5;
    private const double Gigabytes = Sums * SumBytes / 1e9;
    private const string Round = "rnd_0123456789abcdef";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(IRoundKeys.KeyBytes);
    private readonly long[] _sums = [.. Enumerable.Range(0, Sums).Select(i => i * 7919L)];
    private readonly long[] _read = new long[Sums];
    private readonly string _plainFile = Path.Combine(folder, "plain");

    public async Task<IReadOnlyList<Measurement>> MeasureAsync(CancellationToken cancellationToken)
    {
        var times = Enumerable.Range(0, 4).Select(_ => new List<double>()).ToArray();

        for (var round = -WarmUps; round < Rounds; round++)
        {
            var results = await RunOnceAsync(cancellationToken);

            for (var i = 0; round >= 0 && i < results.Length; i++)
            {
                times[i].Add(results[i]);
            }
        }

        var speeds = times.Select(list => Gigabytes / list.Order().ElementAt(list.Count / 2)).ToArray();
        return
        [
            Measurement.Compare("checkpoint of 10 million sums (50 MB), encrypted and flushed, to a plain file", speeds[1], "GB/s", speeds[0]),
            Measurement.Compare("checkpoint of 10 million sums (50 MB), read and decrypted, to a plain file", speeds[3], "GB/s", speeds[2]),
        ];
    }

    private async Task<double[]> RunOnceAsync(CancellationToken cancellationToken)
    {
        var writePlain = Time(WritePlain);
        var started = Stopwatch.GetTimestamp();
        var checkpoint = await payloads.SaveCheckpointAsync(Round, _key, ReadOnlyMemory<byte>.Empty, new ArraySums(_sums, SumBytes), cancellationToken);
        var write = Stopwatch.GetElapsedTime(started).TotalSeconds;

        var readPlain = Time(ReadPlain);
        started = Stopwatch.GetTimestamp();
        await payloads.ReadCheckpointAsync(checkpoint, _key, range: null, (offset, values) => values.CopyTo(_read.AsSpan((int)offset)), cancellationToken);
        var read = Stopwatch.GetElapsedTime(started).TotalSeconds;

        await payloads.DeleteCheckpointAsync(checkpoint, cancellationToken);
        File.Delete(_plainFile);
        return [writePlain, write, readPlain, read];
    }

    private static double Time(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private void WritePlain()
    {
        using var file = new FileStream(_plainFile, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var bytes = MemoryMarshal.AsBytes(_sums.AsSpan())[..(Sums * SumBytes)];

        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(PieceBytes, bytes.Length)..])
        {
            file.Write(bytes[..Math.Min(PieceBytes, bytes.Length)]);
        }

        file.Flush(flushToDisk: true);
    }

    private void ReadPlain()
    {
        using var file = new FileStream(_plainFile, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        file.ReadExactly(MemoryMarshal.AsBytes(_read.AsSpan())[..(Sums * SumBytes)]);
    }
}
