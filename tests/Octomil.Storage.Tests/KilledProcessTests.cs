using System.Diagnostics;
using System.Globalization;
using Octomil.Storage.Sqlite;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage;

/// <summary>A real process that is really killed while it writes: what it has answered is there.</summary>
public sealed class KilledProcessTests : IDisposable
{
    public const string ChildArgument = "write-for-ever";

    private const int Cycles = 3;
    private const int WritesBeforeTheKill = 60;

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_WhileItWrites_LosesNothingThatWasAnswered()
    {
        var answered = new List<string>();

        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            answered.AddRange(await RunAndKillAsync());
        }

        Assert.True(answered.Count >= Cycles * WritesBeforeTheKill);
        using var storage = new TestStorage(_root);
        Assert.Empty(Directory.EnumerateFiles(storage.PathOf("payloads", "tmp")));

        foreach (var line in answered)
        {
            await AssertIsThereAsync(storage, line.Split(' '));
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>The child: says each write once it was answered.</summary>
    internal static async Task<int> WriteForEverAsync(string root)
    {
        using var storage = new TestStorage(root);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var roundId = $"rnd_{Guid.NewGuid():n}";
                var wrapped = await storage.Keys.CreateAsync(roundId, CancellationToken.None);
                var key = await storage.Keys.OpenAsync(roundId, wrapped, CancellationToken.None);
                var checkpoint = await storage.Payloads.SaveCheckpointAsync(roundId, key, new byte[10], new ArraySums(new long[20_000]), CancellationToken.None);
                await SaveRowAsync(storage, roundId, wrapped);
                var line = string.Create(CultureInfo.InvariantCulture, $"{roundId} {checkpoint.Name} {checkpoint.Bytes} {checkpoint.Checksum}");

                lock (storage)
                {
                    Console.Out.WriteLine(line);
                    Console.Out.Flush();
                }
            }
        })));

        return 0;
    }

    private async Task<List<string>> RunAndKillAsync()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        Array.ForEach(["exec", typeof(KilledProcessTests).Assembly.Location, ChildArgument, _root], start.ArgumentList.Add);
        using var child = Process.Start(start)!;
        var lines = new List<string>();

        while (await child.StandardOutput.ReadLineAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation) is { } line)
        {
            lines.Add(line);

            if (lines.Count == WritesBeforeTheKill)
            {
                child.Kill();
            }
        }

        await child.WaitForExitAsync(Cancellation);
        Assert.True(lines.Count >= WritesBeforeTheKill, $"The child wrote {lines.Count} times and ended by itself.");

        // The kill may come in the middle of a line.
        return lines[^1].Split(' ') is { Length: 4 } ? lines : lines[..^1];
    }

    private static async Task AssertIsThereAsync(TestStorage storage, string[] parts)
    {
        var checkpoint = new CheckpointRef
        {
            RoundId = parts[0],
            Name = parts[1],
            Bytes = long.Parse(parts[2], CultureInfo.InvariantCulture),
            Checksum = ulong.Parse(parts[3], CultureInfo.InvariantCulture),
        };
        var wrapped = await storage.Database.ReadAsync(
            session =>
            {
                var statement = session.Statement("SELECT PayloadBinary FROM OrleansStorage WHERE GrainIdExtensionString = @Id");
                statement.Parameters.AddWithValue("@Id", checkpoint.RoundId);
                return (byte[]?)statement.ExecuteScalar();
            },
            Cancellation);
        Assert.NotNull(wrapped);

        var key = await storage.Keys.OpenAsync(checkpoint.RoundId, wrapped, Cancellation);
        var sums = 0L;
        await storage.Payloads.ReadCheckpointAsync(checkpoint, key, range: null, (_, values) => sums += values.Length, Cancellation);
        Assert.Equal(20_000, sums);
    }

    private static Task SaveRowAsync(TestStorage storage, string id, byte[] payload) => storage.Database.WriteAsync(
        WriteKind.Statement,
        session =>
        {
            var statement = session.Statement("""
                INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, Version, PayloadBinary)
                VALUES ('octomil', 'round', 0, 0, @Id, 1, @Payload)
                """);
            statement.Parameters.AddWithValue("@Id", id);
            statement.Parameters.AddWithValue("@Payload", payload);
            return statement.ExecuteNonQuery();
        },
        CancellationToken.None);
}
