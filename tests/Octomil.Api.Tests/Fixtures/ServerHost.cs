using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>The server's own program with all its wiring, on a free port of loopback, over a data folder of its own.</summary>
internal sealed class ServerHost : WebApplicationFactory<Program>
{
    private readonly string _data = Directory.CreateTempSubdirectory("octomil-api-").FullName;
    private readonly IReadOnlyDictionary<string, string> _settings;

    private readonly Action<IServiceCollection> _services;

    /// <param name="settings">Beside those of every test.</param>
    /// <param name="services">Changes what the program registered, for tests of its failures.</param>
    /// <param name="https">The server's certificate; null: it speaks plain HTTP.</param>
    public ServerHost(IReadOnlyDictionary<string, string> settings, Action<IServiceCollection> services, X509Certificate2? https = null)
    {
        (_settings, _services) = (settings, services);
        UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (https is not null)
            {
                listen.UseHttps(https);
            }
        }));
    }

    public Uri Start()
    {
        StartServer();
        return new Uri(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        // As it runs in production: its settings beside the program, and no developer's error page.
        builder.UseContentRoot(AppContext.BaseDirectory).UseEnvironment("Production");
        builder.UseSetting("Octomil:Storage:DataFolder", _data);

        // Warnings and errors only: what a failing test's reader wants to see.
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        builder.UseSetting("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Warning");
        builder.ConfigureTestServices(_services);
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }
    }
}
