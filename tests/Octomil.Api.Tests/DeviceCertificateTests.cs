using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>A server that speaks TLS and wants a certificate of every device.</summary>
public sealed class DeviceCertificateTests : IAsyncLifetime
{
    private const string OperatorKey = "edg_test_0123456789abcdefghijABCDEFGHIJ01";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-tls-").FullName;
    private readonly List<HttpClient> _clients = [];
    private readonly X509Certificate2 _authority = Authority("Devices");
    private readonly X509Certificate2 _server = SelfSigned(Request("localhost"));
    private ServerHost? _host;
    private Uri? _address;

    public async ValueTask InitializeAsync()
    {
        var authorities = Path.Combine(_folder, "devices.pem");
        await File.WriteAllTextAsync(authorities, _authority.ExportCertificatePem(), TestContext.Current.CancellationToken);
        _host = new ServerHost(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Octomil:Bootstrap:Key"] = OperatorKey,
                ["Octomil:Devices:Certificates:Authorities"] = authorities,
                ["Octomil:Devices:Certificates:Required"] = "true",
            },
            _ => { },
            _server);
        _address = _host.Start();
        await Patience.UntilAsync("the operator's key to be there", async () => (await Caller().GetAsync("/organizations/current")).Status is HttpStatusCode.OK);
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _host!.DisposeAsync();
        _authority.Dispose();
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Device_NeedsItsOwnCertificateAndActsForItselfAlone()
    {
        using var certificate = Issue(_authority, "hospital-1");
        using var others = Authority("Somebody else");
        using var forged = Issue(others, "hospital-1");
        var device = Caller(certificate);

        (await device.PostAsync("/devices/register", new { device_identifier = "hospital-1" })).Ok();
        (await device.PostAsync("/devices/hospital-1/heartbeat", new { })).Ok();
        (await device.PostAsync("/devices/register", new { device_identifier = "hospital-2" })).Refused(403, ErrorCodes.WrongDevice);
        (await device.PostAsync("/devices/hospital-2/heartbeat", new { })).Refused(404, ErrorCodes.NotFound);
        (await device.GetAsync("/devices")).Refused(403, ErrorCodes.WrongDevice);

        // Without one, the same key does what people do with it, and nothing of a device's.
        (await Caller().GetAsync("/devices")).Ok();
        (await Caller().PostAsync("/devices/hospital-1/heartbeat", new { })).Refused(403, ErrorCodes.WrongDevice);
        await Assert.ThrowsAsync<HttpRequestException>(() => Caller(forged).GetAsync("/devices/hospital-1"));
    }

    [Fact]
    public async Task Device_IsTakenForItselfWithTheCertificateOfItsFirstRegistration_AndThoseThatWereAdded()
    {
        using X509Certificate2 first = Issue(_authority, "ward-1"), second = Issue(_authority, "ward-1"), third = Issue(_authority, "ward-1");
        (await Caller(first).PostAsync("/devices/register", new { device_identifier = "ward-1" })).Ok();

        // Another certificate in its name, and that of another device.
        (await Caller(second).PostAsync("/devices/ward-1/heartbeat", new { })).Refused(403, ErrorCodes.WrongCertificate);
        (await Caller(second).PostAsync("/devices/register", new { device_identifier = "ward-1" })).Refused(403, ErrorCodes.WrongCertificate);
        (await Caller(second).GetAsync("/organizations/current")).Refused(403, ErrorCodes.WrongCertificate);

        var admin = Caller();
        var added = (await admin.PostAsync("/devices/ward-1/certificates", new { fingerprint = Colons(second) })).Ok();
        Assert.Equal(new[] { Sha256(first), Sha256(second) }.Order(StringComparer.Ordinal), added.List("fingerprints").Select(one => one.GetString()!));
        (await Caller(first).PostAsync("/devices/ward-1/heartbeat", new { })).Ok();
        (await Caller(second).PostAsync("/devices/ward-1/heartbeat", new { })).Ok();
        (await Caller(third).PostAsync("/devices/ward-1/heartbeat", new { })).Refused(403, ErrorCodes.WrongCertificate);

        (await admin.SendAsync(HttpMethod.Delete, $"/devices/ward-1/certificates/{Sha256(first)}", null)).Ok();
        (await Caller(first).PostAsync("/devices/ward-1/heartbeat", new { })).Refused(403, ErrorCodes.WrongCertificate);
        (await Caller(second).PostAsync("/devices/ward-1/heartbeat", new { })).Ok();
        (await admin.SendAsync(HttpMethod.Delete, $"/devices/ward-1/certificates/{Sha256(first)}", null)).Refused(404, ErrorCodes.NotFound);
        var actions = (await admin.GetAsync("/audit")).Ok().List("entries").Select(entry => entry.Text("action")).ToList();
        Assert.All(["device.certificate.pin", "device.certificate.create", "device.certificate.remove"], action => Assert.Contains(action, actions));
    }

    [Fact]
    public async Task Certificate_ThatIsTakenAway_EndsTheConnectionThatIsOpen_AndAnotherComesInAgain()
    {
        using X509Certificate2 lost = Issue(_authority, "ward-2"), kept = Issue(_authority, "ward-2");
        (await Caller(lost).PostAsync("/devices/register", new { device_identifier = "ward-2" })).Ok();
        (await Caller().PostAsync("/devices/ward-2/certificates", new { fingerprint = Sha256(kept) })).Ok();
        await using var open = Hub(lost);
        await open.StartAsync();
        await open.HelloAsync("ward-2");
        await using var unnamed = Hub(lost);
        await unnamed.StartAsync();

        (await Caller().SendAsync(HttpMethod.Delete, $"/devices/ward-2/certificates/{Sha256(lost)}", null)).Ok();

        await open.Lost.SoonAsync("the connection to end");
        Assert.False(open.Revoked.IsCompleted);
        await Assert.ThrowsAnyAsync<Exception>(() => unnamed.HelloAsync("ward-2"));
        await unnamed.Lost.SoonAsync("the connection that had not said who it is to end");
        await using var late = Hub(lost);
        await Assert.ThrowsAnyAsync<HttpRequestException>(late.StartAsync);
        await using var again = Hub(kept);
        await again.StartAsync();
        await again.HelloAsync("ward-2");
    }

    [Fact]
    public async Task Token_OnTheConnectionOfAnotherDevice_IsRefused()
    {
        using X509Certificate2 own = Issue(_authority, "icu-1"), others = Issue(_authority, "icu-2");
        (await Caller(own).PostAsync("/devices/register", new { device_identifier = "icu-1" })).Ok();
        var token = (await Caller(own).PostAsync("/devices/icu-1/token")).Ok().Text("access_token");

        (await Caller(own).With(token).PostAsync("/devices/icu-1/heartbeat", new { })).Ok();
        (await Caller(others).With(token).PostAsync("/devices/icu-1/heartbeat", new { })).Refused(403, ErrorCodes.WrongCertificate);
    }

    [Fact]
    public async Task Certificates_OfADevice_AreBoundedAndWellFormed()
    {
        using var certificate = Issue(_authority, "lab-1");
        (await Caller(certificate).PostAsync("/devices/register", new { device_identifier = "lab-1" })).Ok();
        var admin = Caller();
        foreach (var digit in "123")
        {
            (await admin.PostAsync("/devices/lab-1/certificates", new { fingerprint = new string(digit, 64) })).Ok();
        }

        (await admin.PostAsync("/devices/lab-1/certificates", new { fingerprint = new string('1', 64) })).Ok();
        (await admin.PostAsync("/devices/lab-1/certificates", new { fingerprint = new string('4', 64) })).Refused(409, ErrorCodes.LimitReached);
        (await admin.PostAsync("/devices/lab-1/certificates", new { fingerprint = "beef" })).Refused(400, ErrorCodes.InvalidRequest);
        (await admin.PostAsync("/devices/nobody/certificates", new { fingerprint = new string('4', 64) })).Refused(404, ErrorCodes.NotFound);
        Assert.Equal(4, (await admin.GetAsync("/devices/lab-1/certificates")).Ok().List("fingerprints").Count());
    }

    private static string Sha256(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    private static string Colons(X509Certificate2 certificate) => string.Join(':', certificate.GetCertHash(HashAlgorithmName.SHA256).Select(part => part.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));

    private ApiCaller Caller(X509Certificate2? certificate = null)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, server, _, _) => server?.GetCertHashString() == _server.GetCertHashString();
        if (certificate is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        var http = new HttpClient(handler) { Timeout = Patience.Long };
        _clients.Add(http);
        return new ApiCaller(http, _address!, OperatorKey, "");
    }

    private HubDevice Hub(X509Certificate2 certificate) => new(_address!, OperatorKey, tls: options =>
    {
        options.ClientCertificates = [certificate];
        options.HttpMessageHandlerFactory = _ => new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, server, _, _) => server?.GetCertHashString() == _server.GetCertHashString(),
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            },
        };
        options.WebSocketConfiguration = socket =>
        {
            socket.RemoteCertificateValidationCallback = (_, server, _, _) => server?.GetCertHashString() == _server.GetCertHashString();
            socket.ClientCertificates = [certificate];
        };
    });

    private static X509Certificate2 Authority(string name)
    {
        var request = Request(name);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return SelfSigned(request);
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuthentication)], critical: false));
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3, 4]);
        return certificate.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(string name) => new($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);

    private static X509Certificate2 SelfSigned(CertificateRequest request) =>
        request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
}
