using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Octomil.Storage.Payloads;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage;

public sealed class CheckpointTests : IDisposable
{
    private const string Round = "rnd_0123456789abcdef";

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private readonly DataFolder _folder;
    private readonly FolderPayloads _payloads;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _head = [1, 2, 3, 4, 5];

    // More than two chunks, and not a whole number of them.
    private readonly long[] _sums = [.. Enumerable.Range(0, (2 * CheckpointCipher.ChunkSums) + 77).Select(i => i * 7919L)];

    public CheckpointTests()
    {
        _folder = new DataFolder(Options.Create(new StorageOptions { DataFolder = _root }));
        _folder.Open();
        _payloads = new FolderPayloads(_folder, TimeProvider.System);
        _payloads.Open();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_AfterSave_GivesHeadAndSumsBack()
    {
        var checkpoint = await SaveAsync();

        var (head, sums) = await ReadAsync(checkpoint, _key, new SumsRange(0, _sums.Length));

        Assert.Equal(_head, head);
        Assert.Equal(_sums, sums);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(CheckpointCipher.ChunkSums - 3, CheckpointCipher.ChunkSums + 4)]
    [InlineData((2 * CheckpointCipher.ChunkSums) + 5, (2 * CheckpointCipher.ChunkSums) + 77)]
    public async Task Read_OfARange_GivesThatRange(int start, int end)
    {
        var (_, sums) = await ReadAsync(await SaveAsync(), _key, new SumsRange(start, end));

        Assert.Equal(_sums[start..end], sums);
    }

    [Fact]
    public async Task Save_OfTheSameTwice_TakesFreshNamesAndOtherBytes()
    {
        var (first, second) = (await SaveAsync(), await SaveAsync());

        Assert.NotEqual(first.Name, second.Name);
        Assert.NotEqual(await File.ReadAllBytesAsync(PathOf(first), Cancellation), await File.ReadAllBytesAsync(PathOf(second), Cancellation));
    }

    [Fact]
    public async Task Save_WritesNoSumInClear()
    {
        var bytes = await File.ReadAllBytesAsync(PathOf(await SaveAsync()), Cancellation);

        Assert.Equal(-1, bytes.AsSpan().IndexOf(MemoryMarshal.AsBytes(_sums.AsSpan(100, 2))));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(_head));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(CheckpointCipher.MostChunkBytes)]
    public async Task Read_OfAFlippedBit_IsRefused(int position)
    {
        var checkpoint = await SaveAsync();
        var bytes = await File.ReadAllBytesAsync(PathOf(checkpoint), Cancellation);
        bytes[position] ^= 1;
        await File.WriteAllBytesAsync(PathOf(checkpoint), bytes, Cancellation);

        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint, _key, new SumsRange(0, _sums.Length)));
    }

    [Fact]
    public async Task Read_OfATruncatedFile_IsRefused()
    {
        var checkpoint = await SaveAsync();
        await using (var file = File.OpenWrite(PathOf(checkpoint)))
        {
            file.SetLength(file.Length - 100);
        }

        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint, _key, new SumsRange(0, 1)));
        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint with { Bytes = checkpoint.Bytes - 100 }, _key, new SumsRange(0, 1)));
    }

    [Fact]
    public async Task Read_WithAnotherKeyOrAsAnotherRounds_IsRefused()
    {
        var checkpoint = await SaveAsync();
        var moved = checkpoint with { RoundId = "rnd_fedcba9876543210" };
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(moved))!);
        File.Copy(PathOf(checkpoint), PathOf(moved));

        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint, RandomNumberGenerator.GetBytes(32), new SumsRange(0, 1)));
        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(moved, _key, new SumsRange(0, 1)));
    }

    [Fact]
    public async Task DeleteRound_TakesEveryCheckpointOfIt()
    {
        var checkpoint = await SaveAsync();
        await SaveAsync();

        await _payloads.DeleteRoundAsync(Round, Cancellation);
        await _payloads.DeleteRoundAsync(Round, Cancellation);

        await Assert.ThrowsAsync<PayloadMissingException>(() => ReadAsync(checkpoint, _key, new SumsRange(0, 1)));
    }

    [Fact]
    public async Task Read_OfAnotherCheckpointUnderTheName_IsRefused()
    {
        var (first, second) = (await SaveAsync(), await SaveAsync());
        File.Copy(PathOf(second), PathOf(first), overwrite: true);

        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(first, _key, new SumsRange(0, 1)));
    }

    [Fact]
    public async Task Read_OfSwappedChunks_IsRefused()
    {
        var checkpoint = await SaveAsync();
        var bytes = await File.ReadAllBytesAsync(PathOf(checkpoint), Cancellation);

        // The sums are the end of the file, and the last chunk is a short one.
        var start = bytes.Length - (_sums.Length * sizeof(long));
        var first = bytes.AsSpan(start, CheckpointCipher.MostChunkBytes).ToArray();
        bytes.AsSpan(start + CheckpointCipher.MostChunkBytes, CheckpointCipher.MostChunkBytes).CopyTo(bytes.AsSpan(start));
        first.CopyTo(bytes.AsSpan(start + CheckpointCipher.MostChunkBytes));
        await File.WriteAllBytesAsync(PathOf(checkpoint), bytes, Cancellation);

        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint, _key, new SumsRange(0, 1)));
        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint, _key, new SumsRange(CheckpointCipher.ChunkSums, CheckpointCipher.ChunkSums + 1)));
    }

    [Fact]
    public async Task Read_OfAReferenceWithAnotherLengthOrChecksum_IsRefused()
    {
        var checkpoint = await SaveAsync();

        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint with { Bytes = checkpoint.Bytes + 1 }, _key, new SumsRange(0, 1)));
        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint with { Checksum = checkpoint.Checksum ^ 1 }, _key, new SumsRange(0, 1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(CheckpointCipher.ChunkSums)]
    [InlineData((16 * CheckpointCipher.ChunkSums * 3) + 1)]
    public async Task Read_OfAnyLength_GivesItBack(int count)
    {
        long[] sums = [.. Enumerable.Range(0, count).Select(i => long.MaxValue - i)];
        var checkpoint = await _payloads.SaveCheckpointAsync(Round, _key, ReadOnlyMemory<byte>.Empty, new ArraySums(sums), Cancellation);

        var (head, read) = await ReadAsync(checkpoint, _key, new SumsRange(0, count));

        Assert.Empty(head);
        Assert.Equal(sums, read);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Read_OfSumsInFewBytes_GivesThemBack(int bytes)
    {
        var widest = long.MaxValue >> (8 * (sizeof(long) - bytes));
        long[] sums = [.. Enumerable.Range(0, (3 * CheckpointCipher.ChunkSums) + 5).Select(i => i % 2 == 0 ? widest - i : i - widest - 1)];
        var checkpoint = await _payloads.SaveCheckpointAsync(Round, _key, _head, new ArraySums(sums, bytes), Cancellation);

        var (_, read) = await ReadAsync(checkpoint, _key, new SumsRange(1, sums.Length - 1));

        Assert.Equal(sums[1..^1], read);
        Assert.InRange(new FileInfo(PathOf(checkpoint)).Length - ((long)bytes * sums.Length), 0, 1000);
    }

    [Fact]
    public async Task Read_WhereTheVisitorFails_EndsWithItsException() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _payloads.ReadCheckpointAsync(
            await SaveAsync(), _key, range: null, (_, _) => throw new InvalidOperationException(), Cancellation));

    [Fact]
    public async Task Save_ByManyAtATime_GivesEachItsOwn()
    {
        var checkpoints = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => _payloads.SaveCheckpointAsync(
            $"rnd_{number:x16}", _key, _head, new ArraySums([.. Enumerable.Repeat((long)number, 50_000)], 5), Cancellation)));

        for (var number = 0; number < checkpoints.Length; number++)
        {
            var (_, sums) = await ReadAsync(checkpoints[number], _key, new SumsRange(0, 50_000));
            Assert.All(sums, value => Assert.Equal(number, value));
        }

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.PayloadsPath, "tmp")));
    }

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private Task<CheckpointRef> SaveAsync() => _payloads.SaveCheckpointAsync(Round, _key, _head, new ArraySums(_sums), Cancellation);

    private string PathOf(CheckpointRef checkpoint) => Path.Combine(_folder.PayloadsPath, "rounds", checkpoint.RoundId, checkpoint.Name);

    private async Task<(byte[] Head, long[] Sums)> ReadAsync(CheckpointRef checkpoint, byte[] key, SumsRange range)
    {
        var sums = new long[range.End - range.Start];
        var head = await _payloads.ReadCheckpointAsync(
            checkpoint, key, range, (offset, values) => values.CopyTo(sums.AsSpan((int)(offset - range.Start))), Cancellation);
        return (head.Bytes.ToArray(), sums);
    }
}
