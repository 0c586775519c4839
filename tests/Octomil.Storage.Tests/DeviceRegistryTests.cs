using System.Collections.Immutable;
using Octomil.Devices;
using Xunit;

namespace Octomil.Storage;

/// <summary>What the listing of devices promises, of whichever database.</summary>
public abstract class DeviceRegistryTests
{
    private const string Organization = "org_00000001";

    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract IDeviceRegistry Registry { get; }

    [Fact]
    public async Task List_GivesPagesInOrderOfIdentifiersAndTheTotal()
    {
        await Registry.UpsertAsync([.. Enumerable.Range(0, 250).Reverse().Select(number => Row(number))], Cancellation);
        await Registry.UpsertAsync([Row(7) with { OrganizationId = "org_00000002" }], Cancellation);

        var pages = new List<DeviceRow>();

        for (var offset = 0; offset < 300; offset += 100)
        {
            var page = await Registry.ListAsync(Organization, null, 100, offset, Cancellation);
            Assert.Equal(250, page.Total);
            pages.AddRange(page.Devices);
        }

        Assert.Equal(Enumerable.Range(0, 250).Select(number => Row(number).Identifier), pages.Select(row => row.Identifier));
    }

    [Fact]
    public async Task List_OfAGroup_FiltersAndCounts()
    {
        await Registry.UpsertAsync([.. Enumerable.Range(0, 30).Select(number => Row(number, number % 3 == 0 ? ["ward", "lab"] : ["ward"]))], Cancellation);

        var page = await Registry.ListAsync(Organization, "lab", 4, 8, Cancellation);

        Assert.Equal(10, page.Total);
        Assert.Equal([Row(24).Identifier, Row(27).Identifier], page.Devices.Select(row => row.Identifier));
        Assert.Equal(30, await Registry.CountAsync(Organization, "ward", Cancellation));
        Assert.Equal(0, await Registry.CountAsync(Organization, "none", Cancellation));
        Assert.Empty((await Registry.ListAsync("org_00000009", null, 10, 0, Cancellation)).Devices);
    }

    [Fact]
    public async Task Upsert_OfAKnownDevice_ReplacesItAndMovesItBetweenGroups()
    {
        await Registry.UpsertAsync([Row(1, "a", "b")], Cancellation);
        await Registry.UpsertAsync([Row(1, "b", "c") with { SdkVersion = "2.0", LastSeenAt = Noon - TimeSpan.FromDays(1) }], Cancellation);

        var row = Assert.Single((await Registry.ListAsync(Organization, null, 10, 0, Cancellation)).Devices);
        Assert.Equal("2.0", row.SdkVersion);
        Assert.Equal(["b", "c"], row.Groups);

        // Seen later is never taken back by a batch that comes late.
        Assert.Equal(Noon, row.LastSeenAt);
        Assert.Equal(0, await CountAsync("a"));
        Assert.Equal(1, await CountAsync("b"));
        Assert.Equal(1, await CountAsync("c"));
    }

    [Fact]
    public async Task List_GivesWhatWasWritten()
    {
        var row = Row(1, "ward", "Ünïcode 'group'") with
        {
            Platform = "android",
            SdkVersion = "1.2.3",
            RegisteredAt = Noon - TimeSpan.FromMilliseconds(1234),
            LastSeenAt = Noon + TimeSpan.FromMilliseconds(5),
            Facts = ImmutableSortedDictionary<string, string>.Empty.Add("model", "Pixel \"9\"").Add("zero", "a\0b"),
            Reported = ImmutableSortedDictionary<string, string>.Empty.Add("battery_level", "80"),
        };
        await Registry.UpsertAsync([row, Row(2)], Cancellation);

        var page = await Registry.ListAsync(Organization, null, 10, 0, Cancellation);

        AssertSame(row, page.Devices[0]);
        AssertSame(Row(2), page.Devices[1]);
    }

    [Fact]
    public async Task List_OrdersIdentifiersByTheirBytes()
    {
        string[] identifiers = ["B", "a", "Ä", "_", "a-1", "A", "10", "9", "é"];
        await Registry.UpsertAsync([.. identifiers.Select((identifier, number) => Row(number) with { Identifier = identifier })], Cancellation);

        var page = await Registry.ListAsync(Organization, null, 20, 0, Cancellation);

        Assert.Equal(["10", "9", "A", "B", "_", "a", "a-1", "Ä", "é"], page.Devices.Select(row => row.Identifier));
    }

    [Fact]
    public async Task Upsert_OfTheSameDevicesFromManySides_EndsAndKeepsEveryDeviceOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(side => Task.Run(async () =>
        {
            for (var batch = 0; batch < 10; batch++)
            {
                // Each side in an order of its own.
                var numbers = Enumerable.Range(0, 20).ToArray();
                new Random((side * 100) + batch).Shuffle(numbers);
                await Registry.UpsertAsync([.. numbers.Select(number => Row(number, $"group-{side}"))], Cancellation);
            }
        }, Cancellation)));

        var page = await Registry.ListAsync(Organization, null, 100, 0, Cancellation);
        Assert.Equal(20, page.Total);
        Assert.Equal(20, page.Devices.Length);

        foreach (var group in page.Devices.GroupBy(row => Assert.Single(row.Groups)))
        {
            Assert.Equal(group.Count(), await CountAsync(group.Key));
        }
    }

    [Fact]
    public async Task Group_WithoutAName_IsAGroupAndNotTheTotal()
    {
        await Registry.UpsertAsync([Row(1, ""), Row(2), Row(3)], Cancellation);

        Assert.Equal(1, await CountAsync(""));
        Assert.Equal(1, (await Registry.ListAsync(Organization, "", 10, 0, Cancellation)).Total);
        Assert.Equal(3, (await Registry.ListAsync(Organization, null, 10, 0, Cancellation)).Total);
    }

    [Fact]
    public async Task Upsert_WithARowThatFails_WritesNothingOfTheBatch()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Registry.UpsertAsync([Row(1), Row(2) with { Id = null! }], Cancellation));

        Assert.Equal(0, (await Registry.ListAsync(Organization, null, 10, 0, Cancellation)).Total);
    }

    [Fact]
    public async Task List_WhileDevicesAreAdded_GivesAPageAndATotalOfTheSameMoment()
    {
        var adding = Task.Run(async () =>
        {
            for (var number = 0; number < 300; number++)
            {
                await Registry.UpsertAsync([Row(number)], Cancellation);
            }
        }, Cancellation);

        while (!adding.IsCompleted)
        {
            var page = await Registry.ListAsync(Organization, null, 1000, 0, Cancellation);
            Assert.Equal(page.Devices.Length, page.Total);
        }

        await adding;
    }

    private static void AssertSame(DeviceRow expected, DeviceRow actual)
    {
        Assert.Equal(expected.Groups, actual.Groups);
        Assert.Equal(expected.Facts, actual.Facts);
        Assert.Equal(expected.Reported, actual.Reported);
        Assert.Equal(expected, actual with { Groups = expected.Groups, Facts = expected.Facts, Reported = expected.Reported });
    }

    private Task<long> CountAsync(string group) => Registry.CountAsync(Organization, group, Cancellation);

    private protected static DeviceRow Row(int number, params string[] groups) => new()
    {
        Id = $"dev_{number:x16}",
        OrganizationId = Organization,
        Identifier = $"phone-{number:d5}",
        RegisteredAt = Noon,
        LastSeenAt = Noon,
        Groups = [.. groups],
    };
}
