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
