using System.Net;
using Orleans.Configuration;

namespace Octomil.Server;

/// <summary>The embedded default: one silo on loopback, found by nobody else.</summary>
internal static class EmbeddedCluster
{
    public static ISiloBuilder UseEmbeddedCluster(this ISiloBuilder silo)
    {
        // Any free ports: several servers with data folders of their own may run on one machine.
        silo.UseLocalhostClustering(siloPort: FreePort(), gatewayPort: 0, serviceId: "octomil", clusterId: "octomil");
        silo.Configure<SiloOptions>(options => options.SiloName = "octomil");
        silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress = IPAddress.Loopback);
        return silo;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
