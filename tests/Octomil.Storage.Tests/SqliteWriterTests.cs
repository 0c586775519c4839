using System.Globalization;
using Octomil.Storage.Sqlite;
using Xunit;

namespace Octomil.Storage;

public sealed class SqliteWriterTests : IDisposable
{
    private readonly TestStorage _storage = new();

    public SqliteWriterTests() => Write(WriteKind.Statement, "CREATE TABLE Numbers (Position INTEGER PRIMARY KEY AUTOINCREMENT, Value INTEGER NOT NULL UNIQUE)")
        .GetAwaiter().GetResult();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_ThatShareATransaction_KeepTheirOrder()
    {
        // The first one holds the writer until all the others wait, so that they are one group.
        var gate = new ManualResetEventSlim();
        var first = _storage.Database.WriteAsync(WriteKind.Statement, _ => gate.Wait(TimeSpan.FromSeconds(30), Cancellation), Cancellation);
        var writes = Enumerable.Range(0, 2000).Select(Insert).ToList();
        gate.Set();
        await first;
        await Task.WhenAll(writes);

        Assert.Equal(Enumerable.Range(0, 2000), await ValuesAsync());
    }

    [Fact]
    public async Task Write_ThatFails_FailsAlone()
    {
        var writes = Enumerable.Range(0, 100).Select(Insert).ToList();
        var duplicate = Insert(50);
        var broken = Write(WriteKind.Statement, "INSERT INTO Nowhere VALUES (1)");
        var thrower = _storage.Database.WriteAsync<int>(WriteKind.Statement, _ => throw new FormatException("of the caller"), Cancellation);
        var after = Insert(100);

        await Task.WhenAll(writes);
        await after;
        await Assert.ThrowsAsync<InvalidOperationException>(() => duplicate);
        await Assert.ThrowsAsync<InvalidOperationException>(() => broken);
        await Assert.ThrowsAsync<FormatException>(() => thrower);
        Assert.Equal(Enumerable.Range(0, 101), await ValuesAsync());
    }

    [Fact]
    public async Task Unit_ThatFails_LeavesNothingOfItself()
    {
        var unit = _storage.Database.WriteAsync<int>(
            WriteKind.Unit,
            session =>
            {
                session.Execute("INSERT INTO Numbers (Value) VALUES (1)");
                session.Execute("INSERT INTO Numbers (Value) VALUES (1)");
                return 0;
            },
            Cancellation);
        var other = Insert(2);

        await Assert.ThrowsAsync<InvalidOperationException>(() => unit);
        await other;
        Assert.Equal([2], await ValuesAsync());
    }

    [Fact]
    public async Task Write_ThatIsCancelledBeforeItsTurn_IsNotDone()
    {
        var gate = new ManualResetEventSlim();
        var first = _storage.Database.WriteAsync(WriteKind.Statement, _ => gate.Wait(TimeSpan.FromSeconds(30), Cancellation), Cancellation);
        using var cancel = new CancellationTokenSource();
        var cancelled = _storage.Database.WriteAsync(WriteKind.Statement, session => session.Execute("INSERT INTO Numbers (Value) VALUES (1)"), cancel.Token);
        await cancel.CancelAsync();
        gate.Set();

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Empty(await ValuesAsync());
    }

    [Fact]
    public async Task Write_AfterTheEnd_SaysThatTheServerStops()
    {
        _storage.Database.Dispose();

        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(() => Insert(1));
        Assert.Contains("stopping", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_SeesWhatWasAnsweredBefore()
    {
        for (var number = 0; number < 200; number++)
        {
            await Insert(number);
            Assert.Equal(number + 1, (await ValuesAsync()).Count);
        }
    }

    [Fact]
    public async Task Read_WithAnError_DoesNotSpoilTheNextOnes()
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => _storage.Database.ReadAsync(session => session.Execute("SELECT Nothing FROM Nowhere"), Cancellation));
        }

        await Assert.ThrowsAsync<StorageUnavailableException>(() => _storage.Database.ReadAsync(session => session.Execute("INSERT INTO Numbers (Value) VALUES (1)"), Cancellation));
        Assert.Empty(await ValuesAsync());
    }

    [Fact]
    public void Open_OfAFileThatIsNoDatabase_SaysSo()
    {
        var root = Directory.CreateTempSubdirectory("octomil-").FullName;
        File.WriteAllText(Path.Combine(root, "octomil.db"), new string('x', 10_000));

        var exception = Assert.Throws<StorageUnavailableException>(() => new TestStorage(root));
        Assert.Contains("damaged", exception.Message, StringComparison.Ordinal);
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Open_OfANewerSchema_SaysSo()
    {
        await Write(WriteKind.Statement, "INSERT INTO SchemaVersion (Version, Name) VALUES (9999, 'of tomorrow')");
        _storage.Database.Dispose();
        _storage.Folder.Dispose();

        var exception = Assert.Throws<StorageUnavailableException>(() => new TestStorage(_storage.Root));
        Assert.Contains("run the newer program", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _storage.Dispose();

    private Task<int> Insert(int value) => Write(WriteKind.Statement, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO Numbers (Value) VALUES ({value})"));

    private Task<int> Write(WriteKind kind, string text) => _storage.Database.WriteAsync(kind, session => session.Execute(text), Cancellation);

    private Task<List<int>> ValuesAsync() => _storage.Database.ReadAsync(
        session =>
        {
            using var reader = session.Statement("SELECT Value FROM Numbers ORDER BY Position").ExecuteReader();
            var values = new List<int>();

            while (reader.Read())
            {
                values.Add(reader.GetInt32(0));
            }

            return values;
        },
        Cancellation);
}
