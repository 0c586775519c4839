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
            // Each silo is asked every two seconds, and suspected after three probes without an answer. Where its process is gone the
            // probes are refused at once, so that a killed silo is noticed in four to six seconds; one that answers nothing, in six to
            // eight. Less would take a silo for dead that collects its garbage or waits for a crowded processor, and such a silo ends
            // itself when it learns of it: its connections and what it has gathered go with it.
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 3;

            // One silo that cannot reach another may be the one that is cut off. Of two, one decides.
            options.NumVotesForDeathDeclaration = 2;

            // Who has not said for three times so long that it lives has no part in the votes: the one that is left when two of three
            // died at once need not wait for a second vote, and a cluster that starts after a power cut not for its former silos.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            options.NumMissedTableIAmAliveLimit = 3;
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
