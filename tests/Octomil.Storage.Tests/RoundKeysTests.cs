using System.Security.Cryptography;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage;

public sealed class RoundKeysTests : IDisposable
{
    private const string Round = "rnd_0123456789abcdef";
    private const string Other = "rnd_fedcba9876543210";

    private readonly TestStorage _storage = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_GivesTheSameKeyAgainAlsoAfterARestart()
    {
        var wrapped = await _storage.Keys.CreateAsync(Round, Cancellation);
        var key = await _storage.Keys.OpenAsync(Round, wrapped, Cancellation);
        Assert.Equal(IRoundKeys.KeyBytes, key.Length);
        Assert.Equal(key, await _storage.Keys.OpenAsync(Round, wrapped, Cancellation));

        using var again = Restarted();
        Assert.Equal(key, await again.Keys.OpenAsync(Round, wrapped, Cancellation));
    }

    [Fact]
    public async Task Create_AfterACrashBeforeTheRowWasSaved_LeavesOneHalfAndGivesAKey()
    {
        var lost = await _storage.Keys.CreateAsync(Round, Cancellation);
        var half = await File.ReadAllBytesAsync(_storage.KeyFile(Round), Cancellation);

        using var again = Restarted();
        var wrapped = await again.Keys.CreateAsync(Round, Cancellation);

        Assert.Equal(half, await File.ReadAllBytesAsync(_storage.KeyFile(Round), Cancellation));
        Assert.NotEqual(await again.Keys.OpenAsync(Round, lost, Cancellation), await again.Keys.OpenAsync(Round, wrapped, Cancellation));
    }

    [Fact]
    public async Task Create_ByManyAtATime_NeverReplacesTheHalfThatARowMayReferTo()
    {
        var wrapped = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => _storage.Keys.CreateAsync(Round, Cancellation))));

        foreach (var each in wrapped)
        {
            await _storage.Keys.OpenAsync(Round, each, Cancellation);
        }

        Assert.Empty(Directory.EnumerateFiles(_storage.PathOf("payloads", "tmp")));
    }

    [Fact]
    public async Task Open_OfAnotherRoundsHalf_IsRefused()
    {
        var wrapped = await _storage.Keys.CreateAsync(Round, Cancellation);
        await _storage.Keys.CreateAsync(Other, Cancellation);

        await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(Other, wrapped, Cancellation));

        File.Copy(_storage.KeyFile(Other), _storage.KeyFile(Round), overwrite: true);
        await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(Round, wrapped, Cancellation));
    }

    [Fact]
    public async Task Open_AfterTheHalfIsDamagedOrCutOrGone_IsRefused()
    {
        var wrapped = await _storage.Keys.CreateAsync(Round, Cancellation);
        var half = await File.ReadAllBytesAsync(_storage.KeyFile(Round), Cancellation);

        half[^1] ^= 1;
        await File.WriteAllBytesAsync(_storage.KeyFile(Round), half, Cancellation);
        await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(Round, wrapped, Cancellation));

        await File.WriteAllBytesAsync(_storage.KeyFile(Round), half[..100], Cancellation);
        await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(Round, wrapped, Cancellation));

        File.Delete(_storage.KeyFile(Round));
        await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(Round, wrapped, Cancellation));
    }

    [Fact]
    public async Task Open_WithoutTheKeyRing_IsRefused()
    {
        var wrapped = await _storage.Keys.CreateAsync(Round, Cancellation);
        _storage.Folder.Dispose();
        Array.ForEach(Directory.GetFiles(_storage.Folder.KeysPath), File.Delete);

        using var again = Restarted();
        await Assert.ThrowsAsync<RoundKeyException>(() => again.Keys.OpenAsync(Round, wrapped, Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Erase_OverwritesTheBytesWhereTheyLie(bool byDeletingTheRound)
    {
        var wrapped = await _storage.Keys.CreateAsync(Round, Cancellation);

        // Sees the blocks of the file also after its name is gone.
        await using var blocks = new FileStream(_storage.KeyFile(Round), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await (byDeletingTheRound ? _storage.Payloads.DeleteRoundAsync(Round, Cancellation) : _storage.Keys.EraseAsync(Round, Cancellation));

        var left = new byte[blocks.Length];
        await blocks.ReadExactlyAsync(left, Cancellation);
        Assert.All(left, value => Assert.Equal(0, value));
        Assert.False(File.Exists(_storage.KeyFile(Round)));
        await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(Round, wrapped, Cancellation));
    }

    [Fact]
    public async Task Erase_AfterACrashBetweenOverwritingAndDeleting_OpensNothingAndGoesOn()
    {
        var wrapped = await _storage.Keys.CreateAsync(Round, Cancellation);
        await File.WriteAllBytesAsync(_storage.KeyFile(Round), new byte[4096], Cancellation);

        using var again = Restarted();
        await Assert.ThrowsAsync<RoundKeyException>(() => again.Keys.OpenAsync(Round, wrapped, Cancellation));

        await again.Keys.EraseAsync(Round, Cancellation);
        await again.Keys.EraseAsync(Round, Cancellation);
        Assert.False(File.Exists(_storage.KeyFile(Round)));
    }

    [Fact]
    public async Task Erase_OfTheKey_LeavesCheckpointsThatNothingOpens()
    {
        var wrapped = await _storage.Keys.CreateAsync(Round, Cancellation);
        var key = await _storage.Keys.OpenAsync(Round, wrapped, Cancellation);
        var checkpoint = await _storage.Payloads.SaveCheckpointAsync(Round, key, new byte[] { 1 }, new ArraySums([1, 2, 3]), Cancellation);
        await _storage.Keys.EraseAsync(Round, Cancellation);

        // Everything that is left: the row's half unwrapped, alone.
        var own = _storage.Protection.CreateProtector("Octomil.Storage.RoundKeys.v2").CreateProtector(Round).Unprotect(wrapped).AsMemory(0, IRoundKeys.KeyBytes);
        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint, own));
        await Assert.ThrowsAsync<PayloadDamagedException>(() => ReadAsync(checkpoint, SHA256.HashData(own.Span)));
        await ReadAsync(checkpoint, key);
    }

    [Fact]
    public async Task Create_WhereTheFolderIsNotWritable_SaysThatStorageIsUnavailable()
    {
        Directory.Delete(_storage.PathOf("payloads", "tmp"), recursive: true);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => _storage.Keys.CreateAsync(Round, Cancellation));
    }

    public void Dispose() => _storage.Dispose();

    private Task<CheckpointHead> ReadAsync(CheckpointRef checkpoint, ReadOnlyMemory<byte> key) =>
        _storage.Payloads.ReadCheckpointHeadAsync(checkpoint, key, Cancellation);

    private TestStorage Restarted()
    {
        _storage.Database.Dispose();
        _storage.Folder.Dispose();
        return new TestStorage(_storage.Root);
    }
}
