using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Connections;
using Octomil.EndToEnd.Cluster;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>What the service says of itself, over a real run.</summary>
public sealed partial class TelemetryTests
{
    private const int Devices = 3;
    private const int Rounds = 2;

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(100);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_OverARun_CountItAndNameNoDeviceOrganizationOrKey()
    {
        await using var server = new ServerProcess(null, ("Octomil__Logs__Format", "json"));
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));
        var roundIds = new List<string>();

        for (var round = 1; round <= Rounds; round++)
        {
            roundIds.Add((await Task.WhenAll(devices.Select(device => device.RoundAsync(round, Cancellation))))[0]);

            foreach (var device in devices)
            {
                Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundIds[^1], round, Cancellation)).Status);
            }
        }

        await tenant.CompletedAsync(Cancellation);
        var key = (await server.PostAsync("/api-keys", new { name = "prometheus", scopes = new[] { "metrics:read" } }, Cancellation)).GetProperty("api_key").GetString()!;
        using var scraper = server.CreateHttp(key);
        var metrics = await scraper.GetStringAsync("/metrics", Cancellation);

        Assert.Equal(Devices * Rounds, ValueOf(metrics, "octomil_rounds_updates", ""));
        Assert.Equal(Rounds, ValueOf(metrics, "octomil_rounds_closed", "kind=\"train\",result=\"sealed\""));
        Assert.Equal(Rounds, ValueOf(metrics, "octomil_rounds_opened", "kind=\"train\""));
        Assert.Equal(Rounds, ValueOf(metrics, "octomil_rounds_sealing_duration_seconds_count", ""));
        Assert.Contains("orleans_", metrics, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration", metrics, StringComparison.Ordinal);

        foreach (var secret in (string[])[.. devices.Select(device => device.Id), "phone-", "Acme Health", "org_", "run_", "edg_", .. roundIds, tenant.Key, key])
        {
            Assert.DoesNotContain(secret, metrics, StringComparison.Ordinal);
        }

        // Another run of other devices adds to series and makes none.
        Assert.InRange(SeriesOf(metrics, "octomil_"), 5, 60);

        // The same process said everything in JSON.
        await server.UntilAsync(() => Task.FromResult(server.Process.Lines.Any(line => line.StartsWith("{\"", StringComparison.Ordinal))), "a line of JSON", Cancellation);
    }

    [Fact]
    public async Task Metrics_SayHowManyDevicesAreConnectedAndHowMuchIsStored()
    {
        await using var server = new ServerProcess(null, ("Octomil__Storage__MeasureInterval", "00:00:01"));
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, Cancellation);
        var stored = Directory.GetFiles(Path.Combine(server.DataFolder, "payloads", "weights"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.True(stored > 0);

        await using (await HubDevice.ConnectAsync(devices[0].Id, server.Address, tenant.Key, HttpTransportType.WebSockets, Cancellation))
        {
            await using var second = await HubDevice.ConnectAsync(devices[1].Id, server.Address, tenant.Key, HttpTransportType.WebSockets, Cancellation);
            await server.UntilAsync(async () => await ValueAsync("octomil_devices_connected", "") is 2, "two devices to be connected", Cancellation);
            await server.UntilAsync(async () => await ValueAsync("octomil_payloads_stored_bytes", "kind=\"weights\"") == stored, "the model to be measured", Cancellation);
        }

        await server.UntilAsync(async () => await ValueAsync("octomil_devices_connected", "") is 0, "none to be connected", Cancellation);

        // Null: there is no such line.
        async Task<double?> ValueAsync(string name, string tags)
        {
            var metrics = await server.Http.GetStringAsync("/metrics", Cancellation);
            return metrics.Contains($"\n{name}", StringComparison.Ordinal) ? ValueOf(metrics, name, tags) : null;
        }
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/orleans/")]
    [InlineData("/orleans/DashboardCounters")]
    public async Task OperatorsPages_AreForOperatorsAlone(string path)
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        using var nobody = new HttpClient { BaseAddress = new Uri(server.Address) };

        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync(path, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await tenant.Http.GetAsync(path, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync(path, Cancellation)).StatusCode);

        // An organization's administrator cannot give what only an operator has.
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => tenant.PostAsync("/api-keys", new { name = "x", scopes = new[] { "metrics:read" } }, Cancellation));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        // A browser asks for a password, on the pages alone.
        nobody.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"operator:{ServerProcess.Key}")));
        Assert.Equal(path is "/metrics" ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, (await nobody.GetAsync(path, Cancellation)).StatusCode);
    }

    private static double ValueOf(string metrics, string name, string tags) => metrics.Split('\n')
        .Where(line => Regex.IsMatch(line, $"^{name}(_total)?[{{ ]", RegexOptions.CultureInvariant) && line.Contains(tags, StringComparison.Ordinal))
        .Sum(line => double.Parse(Value().Match(line).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    private static int SeriesOf(string metrics, string prefix) => metrics.Split('\n').Count(line => line.StartsWith(prefix, StringComparison.Ordinal));

    // The value, and perhaps a time after it.
    [GeneratedRegex("(?:\\}| )\\s*([0-9.eE+-]+)(?: [0-9]+)?$")]
    private static partial Regex Value();
}
