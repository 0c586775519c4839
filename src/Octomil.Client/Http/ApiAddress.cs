namespace Octomil.Client.Http;

/// <summary>Where the service is. The base may be given with or without <c>/api/v1</c>, and with a path in front of it.</summary>
public sealed class ApiAddress
{
    private const string Prefix = "/api/v1";
    private readonly string _root;

    /// <exception cref="ArgumentException">The base is not an absolute http or https address.</exception>
    public ApiAddress(string apiBase)
    {
        if (!Uri.TryCreate(apiBase, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"The API base '{apiBase}' is not an address such as https://octomil.example.org.", nameof(apiBase));
        }

        var root = uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _root = root.EndsWith(Prefix, StringComparison.Ordinal) ? root[..^Prefix.Length] : root;
        Root = new Uri(_root + "/");
        DeviceHub = new Uri(_root + "/hubs/devices");
    }

    /// <summary>The address in front of <c>/api/v1</c>, with a slash at its end.</summary>
    public Uri Root { get; }

    /// <summary>The hub of the devices.</summary>
    public Uri DeviceHub { get; }

    /// <summary>
    /// The hub's address for one device. The service ignores the name in it; a proxy in front of several servers finds by it the one
    /// that all requests of a connection must reach.
    /// </summary>
    public Uri DeviceHubFor(string deviceId) => new($"{DeviceHub}?device={Uri.EscapeDataString(deviceId)}");

    /// <summary>A path below <c>/api/v1</c>, such as <c>models</c>.</summary>
    public Uri For(string path) => new($"{_root}{Prefix}/{path.TrimStart('/')}");

    /// <summary>An address the service gave: a path from the root, or absolute.</summary>
    public Uri Resolve(string url) => url.StartsWith('/') ? new Uri(_root + url) : new Uri(Root, url);

    /// <summary>True if a request there goes to this service, and so may carry the key.</summary>
    public bool Owns(Uri uri) => Root.IsBaseOf(uri);
}
