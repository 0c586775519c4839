using Octomil.Client.Http;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>One caller for each server and key, all over one pool of connections.</summary>
internal sealed class SimulatedServers : IDisposable
{
    // Devices share the pool. A busy service thinks for a while before it says that an upload should come later.
    private readonly SocketsHttpHandler _handler = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(30),
        Expect100ContinueTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
    };

    private readonly List<Dictionary<string, OctomilApi>> _servers;

    /// <exception cref="ArgumentException">A server is not an address.</exception>
    public SimulatedServers(IReadOnlyList<string> servers, IReadOnlyList<string> keys) => _servers =
    [
        .. servers.Select(server => keys.Distinct(StringComparer.Ordinal).ToDictionary(
            key => key,
            key => new OctomilApi(key, new ApiAddress(server), _handler) { CallTimeout = TimeSpan.FromMinutes(2) },
            StringComparer.Ordinal)),
    ];

    /// <summary>The server of the device with this index.</summary>
    public OctomilApi Of(int device, string key) => _servers[device % _servers.Count][key];

    /// <summary>The first server, for questions that no device asks.</summary>
    public OctomilApi First(string key) => _servers[0][key];

    /// <summary>The next server after this one; itself where it is alone.</summary>
    public OctomilApi Other(OctomilApi api, string key) => _servers[(IndexOf(api) + 1) % _servers.Count][key];

    public int IndexOf(OctomilApi api) => _servers.FindIndex(server => server.ContainsValue(api));

    public void Dispose()
    {
        foreach (var api in _servers.SelectMany(server => server.Values))
        {
            api.Dispose();
        }

        _handler.Dispose();
    }
}
