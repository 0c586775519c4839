using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Octomil.EndToEnd.Schedules;

/// <summary>
/// Stands in front of an S3 server: passes everything on as it comes, answers 503, or takes its time. It changes nothing of what passes,
/// so signatures hold.
/// </summary>
internal sealed class BucketProxy : IAsyncDisposable
{
    private const int BufferBytes = 1 << 16;

    private static readonly byte[] _unavailable = Answer();

    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private CancellationTokenSource _connections = new();
    private volatile bool _isUnavailable;
    private TimeSpan _pause;
    private int _refused;

    /// <param name="host">The address to listen on.</param>
    /// <param name="target">The server's port of loopback.</param>
    public BucketProxy(string host, int target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Parse(host), 0);
        _listener.Start();
        Endpoint = $"http://{_listener.LocalEndpoint}";
        _accepting = AcceptAsync();
    }

    public string Endpoint { get; }

    /// <summary>How many requests were answered 503.</summary>
    public int Refused => _refused;

    /// <summary>Answers 503 to every request until <see cref="Heal"/>; what is under way is cut off.</summary>
    public void Refuse()
    {
        _isUnavailable = true;
        Interlocked.Exchange(ref _connections, new CancellationTokenSource()).Cancel();
    }

    /// <summary>Waits so long before it passes on a piece, either way, until <see cref="Heal"/>.</summary>
    public void Slow(TimeSpan pause) => _pause = pause;

    public void Heal()
    {
        _isUnavailable = false;
        _pause = TimeSpan.Zero;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _connections.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token), _connections.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // Whatever ends one side of a connection ends the other too: that is all a proxy has to say about it.
    private async Task ServeAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using var incoming = client;
        using var outgoing = new TcpClient { NoDelay = true };
        client.NoDelay = true;

        try
        {
            if (_isUnavailable)
            {
                await RefuseAsync(client.GetStream(), cancellationToken);
                return;
            }

            await outgoing.ConnectAsync(IPAddress.Loopback, _target, cancellationToken);
            var (there, back) = (CopyAsync(client, outgoing, cancellationToken), CopyAsync(outgoing, client, cancellationToken));
            await Task.WhenAny(back, Task.WhenAll(there, back));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];

        try
        {
            while (await from.GetStream().ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                await Task.Delay(_pause, cancellationToken);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The other direction ends with it.
            from.Close();
            to.Close();
        }
    }

    private async Task RefuseAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var (buffer, head) = (new byte[BufferBytes], new StringBuilder());

        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            head.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        Interlocked.Increment(ref _refused);
        await stream.WriteAsync(_unavailable, cancellationToken);
    }

    private static byte[] Answer()
    {
        const string Body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>ServiceUnavailable</Code><Message>Please reduce your request rate.</Message></Error>";
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/xml\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}");
    }
}
