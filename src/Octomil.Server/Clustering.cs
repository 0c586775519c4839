using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using ClusterOptions = Octomil.Storage.ClusterOptions;

namespace Octomil.Server;

/// <summary>How this silo finds others, or stays alone.</summary>
internal static class Clustering
{
    private const string ServiceId = "octomil";

    /// <summary>As the section <see cref="ClusterOptions"/> says; its values are checked when the server starts.</summary>
    public static ISiloBuilder UseOctomilCluster(this ISiloBuilder silo)
    {
        var options = silo.Configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() ?? new ClusterOptions();
        return options.IsCluster ? silo.UseSharedCluster(options) : silo.UseEmbeddedCluster();
    }

    // Membership is in the database, which storage registers.
    private static ISiloBuilder UseSharedCluster(this ISiloBuilder silo, ClusterOptions cluster)
    {
        silo.Configure<Orleans.Configuration.ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (ServiceId, cluster.Name));
        silo.Configure<EndpointOptions>(options =>
        {
            options.SiloPort = cluster.Port == 0 ? FreePort() : cluster.Port;
            // No clients outside the servers.
            options.GatewayPort = 0;

            if (IPAddress.TryParse(cluster.AdvertisedAddress, out var address))
            {
                options.AdvertisedIPAddress = address;
            }
        });
        return silo.Configure<ClusterMembershipOptions>(options =>
        {
            // A silo that is killed is noticed in about six seconds; one that is busy for five is not taken for dead.
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 3;
            options.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
            options.DefunctSiloExpiration = TimeSpan.FromDays(1);
        });
    }

    private static ISiloBuilder UseEmbeddedCluster(this ISiloBuilder silo)
    {
        // Any free ports: several servers with data folders of their own may run on one machine.
        silo.UseLocalhostClustering(siloPort: FreePort(), gatewayPort: 0, serviceId: ServiceId, clusterId: ServiceId);
        silo.Configure<SiloOptions>(options => options.SiloName = "octomil");
        return silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress = IPAddress.Loopback);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
