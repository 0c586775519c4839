using Octomil.Deployments;
using Octomil.Devices;
using Xunit;

namespace Octomil.Storage;

/// <summary>What the table of reported versions promises, of whichever database.</summary>
public abstract class VersionReportsTests
{
    private const string Organization = "org_00000001";
    private const string Model = "mdl_00000001";

    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract IVersionReports Reports { get; }

    private protected abstract IDeviceRegistry Registry { get; }

    [Fact]
    public async Task Count_IsOfEachDevicesLastWord()
    {
        await Reports.UpsertAsync([.. Enumerable.Range(0, 20).Select(number => Report(number, "1.0.0"))], Cancellation);
        await Reports.UpsertAsync([.. Enumerable.Range(0, 5).Select(number => Report(number, "2.0.0") with { ReportedAt = Noon.AddMinutes(1) })], Cancellation);
        await Reports.UpsertAsync([Report(5, "2.0.0") with { Active = false, Reason = "no room", ReportedAt = Noon.AddMinutes(1) }], Cancellation);

        // Late on its way: the device has said something else since.
        await Reports.UpsertAsync([Report(0, "0.9.0") with { ReportedAt = Noon.AddMinutes(-1) }], Cancellation);

        // Others' devices, and other models.
        await Reports.UpsertAsync([Report(1, "2.0.0") with { OrganizationId = "org_00000002" }, Report(1, "2.0.0") with { ModelId = "mdl_00000002" }], Cancellation);

        var counts = await Reports.CountAsync(Organization, Model, group: null, Cancellation);
        Assert.Equal(
            [("1.0.0", true, 14, (string?)null), ("2.0.0", false, 1, "no room"), ("2.0.0", true, 5, null)],
            counts.Select(count => (count.Version, count.Active, (int)count.Devices, count.Reason)).OrderBy(count => count.Version, StringComparer.Ordinal).ThenBy(count => count.Active));
    }

    [Fact]
    public async Task Count_OfAGroup_IsOfItsDevicesAlone()
    {
        await Registry.UpsertAsync([.. Enumerable.Range(0, 6).Select(Row)], Cancellation);
        await Reports.UpsertAsync([.. Enumerable.Range(0, 6).Select(number => Report(number, "1.0.0"))], Cancellation);

        Assert.Equal(2, Assert.Single(await Reports.CountAsync(Organization, Model, "lab", Cancellation)).Devices);
        Assert.Empty(await Reports.CountAsync(Organization, Model, "none", Cancellation));
    }

    private static VersionReport Report(int number, string version) => new()
    {
        OrganizationId = Organization,
        ModelId = Model,
        DeviceIdentifier = $"device-{number}",
        Version = version,
        Active = true,
        ReportedAt = Noon,
    };

    private static DeviceRow Row(int number) => new()
    {
        Id = GrainKeys.DeviceId(Organization, $"device-{number}"),
        OrganizationId = Organization,
        Identifier = $"device-{number}",
        RegisteredAt = Noon,
        LastSeenAt = Noon,
        Groups = number % 3 == 0 ? ["lab"] : [],
    };
}
