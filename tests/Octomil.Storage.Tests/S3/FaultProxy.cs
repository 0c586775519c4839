using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Octomil.Storage.S3;

/// <summary>A way to a server that goes wrong as it is told, one connection after the other.</summary>
internal sealed class FaultProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Fault> _faults = [];
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly int _port;
    private int _faulted;

    public FaultProxy(int port)
    {
        _port = port;
        _listener.Start();
        _ = AcceptAsync();
    }

    public enum Fault
    {
        None = 0,
        SlowDown = 1,
        Stall = 2,
        CutInTheMiddle = 3,
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How many connections went wrong.</summary>
    public int Faulted => _faulted;

    /// <summary>The next connections go wrong; those that are there are closed.</summary>
    public void Next(Fault fault, int connections)
    {
        for (var i = 0; i < connections; i++)
        {
            _faults.Enqueue(fault);
        }

        while (_sockets.TryTake(out var socket))
        {
            socket.Dispose();
        }
    }

    /// <summary>From now on nothing goes wrong.</summary>
    public void Clear()
    {
        _faults.Clear();
        Next(Fault.None, 0);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        Next(Fault.None, 0);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _sockets.Add(client);
                _ = ServeAsync(client, _faults.TryDequeue(out var fault) ? fault : Fault.None);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client, Fault fault)
    {
        _ = fault is Fault.None ? 0 : Interlocked.Increment(ref _faulted);

        try
        {
            switch (fault)
            {
                case Fault.SlowDown:
                    await AnswerAsync(client);
                    break;
                case Fault.Stall:
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                    break;
                default:
                    await ForwardAsync(client, fault);
                    break;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Closed by one of the sides.
        }
        finally
        {
            client.Dispose();
        }
    }

    private async Task AnswerAsync(Socket client)
    {
        const string Body = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>";
        var buffer = new byte[1 << 16];
        await client.ReceiveAsync(buffer, _stop.Token);
        await client.SendAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}"), _stop.Token);
        client.Shutdown(SocketShutdown.Send);

        while (await client.ReceiveAsync(buffer, _stop.Token) > 0)
        {
            // Until the other side has read the answer and closes.
        }
    }

    private async Task ForwardAsync(Socket client, Fault fault)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
        _sockets.Add(server);
        // Headers and some of the body.
        var most = fault is Fault.CutInTheMiddle ? 100_000 : long.MaxValue;
        await Task.WhenAny(PumpAsync(client, server, long.MaxValue), PumpAsync(server, client, most));

        if (fault is Fault.CutInTheMiddle)
        {
            client.Close(0);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, long most)
    {
        var buffer = new byte[1 << 14];

        for (int count; most > 0 && (count = await from.ReceiveAsync(buffer, _stop.Token)) > 0; most -= count)
        {
            await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }
    }
}
