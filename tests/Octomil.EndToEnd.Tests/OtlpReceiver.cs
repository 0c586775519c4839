using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Octomil.EndToEnd;

/// <summary>
/// Takes what is sent by OTLP over HTTP: protobuf, posted to a path for each signal. Names and texts are in protobuf as they are, as
/// UTF-8, so that they can be looked for without its schema.
/// </summary>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, string? ContentType, string Body)> _received = [];

    public OtlpReceiver()
    {
        Address = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = TakeAllAsync();
    }

    public string Address { get; }

    /// <summary>Everything that was posted there, one text after the other.</summary>
    public string TextOf(string path) => string.Join('\n', _received.Where(post => post.Path == path).Select(post => post.Body));

    /// <summary>The types of contents, and the paths, that were seen.</summary>
    public IEnumerable<(string Path, string? ContentType)> Kinds => _received.Select(post => (post.Path, post.ContentType)).Distinct();

    public void Dispose() => _listener.Close();

    private async Task TakeAllAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                _received.Enqueue((context.Request.Url!.AbsolutePath, context.Request.ContentType, await reader.ReadToEndAsync()));

                // An empty message: everything was taken.
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // Closed, or a sender that went away: the loop's condition tells which.
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
