using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Octomil.Storage.Postgres;

/// <summary>What Orleans wants of its membership table: a change is made together with the next version of the table, or not at all.</summary>
public sealed class MembershipTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private IHost? _host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IMembershipTable Table => _host!.Services.GetRequiredService<IMembershipTable>();

    public async ValueTask InitializeAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(PostgresSiloStorageTests.Settings(await TestPostgres.CreateDatabaseAsync(Cancellation)));
        builder.Configuration.AddInMemoryCollection([new($"{StorageOptions.Section}:DataFolder", _root)]);
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .Configure<Orleans.Configuration.ClusterOptions>(options => (options.ServiceId, options.ClusterId) = ("octomil", "here"))
            .AddOctomilStorage());
        _host = builder.Build();
        await _host.Services.OpenOctomilStorageAsync(Cancellation);
        await Table.InitializeMembershipTableAsync(true, Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _host?.Dispose();
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Rows_AreInsertedReadAndUpdated()
    {
        var entry = Entry(1);
        Assert.Empty((await ReadAsync()).Members);
        Assert.True(await InsertAsync(entry));

        var stored = (await ReadAsync()).Members[0].Item1;
        Assert.Equal(entry.SiloAddress, stored.SiloAddress);
        Assert.Equal((entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort), (stored.SiloName, stored.HostName, stored.Status, stored.ProxyPort));
        Assert.Equal((entry.StartTime, entry.IAmAliveTime), (stored.StartTime, stored.IAmAliveTime));

        stored.Status = SiloStatus.Dead;
        stored.SuspectTimes = [Tuple.Create(Entry(2).SiloAddress, entry.StartTime)];
        Assert.True(await UpdateAsync(stored));
        var dead = (await Table.ReadRowAsync(entry.SiloAddress, Cancellation)).Members[0].Item1;
        Assert.Equal(SiloStatus.Dead, dead.Status);
        Assert.Equal(stored.SuspectTimes, dead.SuspectTimes);

        dead.IAmAliveTime = entry.StartTime + TimeSpan.FromMinutes(5);
        await Table.UpdateIAmAliveAsync(dead, Cancellation);
        Assert.Equal(dead.IAmAliveTime, (await ReadAsync()).Members[0].Item1.IAmAliveTime);
    }

    [Fact]
    public async Task Change_OfAnOldVersion_IsRefusedAndChangesNothing()
    {
        var old = (await ReadAsync()).Version;
        Assert.True(await InsertAsync(Entry(1)));

        Assert.False(await Table.InsertRowAsync(Entry(2), old.Next(), Cancellation));
        Assert.False(await InsertAsync(Entry(1)));
        var row = (await ReadAsync()).Members[0];
        row.Item1.Status = SiloStatus.Dead;
        Assert.False(await Table.UpdateRowAsync(row.Item1, row.Item2, old.Next(), Cancellation));
        Assert.False(await UpdateAsync(Entry(3)));

        var now = await ReadAsync();
        Assert.Equal(SiloStatus.Active, Assert.Single(now.Members).Item1.Status);
        Assert.Equal(old.Version + 1, now.Version.Version);
    }

    [Fact]
    public async Task Change_ByManyAtOnce_IsTakenFromOneOfEachVersion()
    {
        var version = (await ReadAsync()).Version.Next();

        var taken = await Task.WhenAll(Enumerable.Range(1, 16).Select(port => Table.InsertRowAsync(Entry(port), version, Cancellation)));

        Assert.Single(taken, inserted => inserted);
        Assert.Single((await ReadAsync()).Members);
    }

    [Fact]
    public async Task Cleanup_TakesSilosThatAreLongDeadAndNoOthers()
    {
        var (dead, lately, active) = (Entry(1), Entry(2), Entry(3));
        (dead.Status, lately.Status) = (SiloStatus.Dead, SiloStatus.Dead);
        lately.IAmAliveTime += TimeSpan.FromDays(2);

        foreach (var entry in new[] { dead, lately, active })
        {
            Assert.True(await InsertAsync(entry));
        }

        await Table.CleanupDefunctSiloEntriesAsync(dead.IAmAliveTime + TimeSpan.FromDays(1), Cancellation);

        Assert.Equal([2, 3], (await ReadAsync()).Members.Select(member => member.Item1.SiloAddress.Endpoint.Port).Order());
    }

    private Task<MembershipTableData> ReadAsync() => Table.ReadAllAsync(Cancellation);

    private async Task<bool> InsertAsync(MembershipEntry entry) => await Table.InsertRowAsync(entry, (await ReadAsync()).Version.Next(), Cancellation);

    private async Task<bool> UpdateAsync(MembershipEntry entry)
    {
        var data = await ReadAsync();
        return await Table.UpdateRowAsync(entry, data.Version.VersionEtag, data.Version.Next(), Cancellation);
    }

    private static MembershipEntry Entry(int port)
    {
        var started = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        return new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, port, 7),
            SiloName = $"silo-{port}",
            HostName = "host",
            Status = SiloStatus.Active,
            ProxyPort = 30000,
            StartTime = started,
            IAmAliveTime = started,
            SuspectTimes = [],
        };
    }
}
