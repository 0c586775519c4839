using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Octomil.Benchmarks;

/// <summary>
/// One connection, one request after the other: writes prepared bytes and reads the answer to its end, in blocking calls, so that next to
/// nothing of what is measured is the client's own work.
/// </summary>
internal sealed class KeepAliveClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[64 * 1024];

    public KeepAliveClient(Uri address) => _socket.Connect(IPAddress.Loopback, address.Port);

    public static byte[] Post(Uri address, string path, byte[] json) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n"),
        .. json,
    ];

    /// <exception cref="InvalidOperationException">The answer is not 200.</exception>
    public void Ask(byte[] request)
    {
        _socket.Send(request);
        var (received, end) = (0, int.MaxValue);
        while (received < end)
        {
            var count = _socket.Receive(_answer.AsSpan(received));
            received += count > 0 ? count : throw new InvalidOperationException("The server closed the connection.");
            end = end == int.MaxValue ? EndOf(_answer.AsSpan(0, received)) : end;
        }

        if (!_answer.AsSpan().StartsWith("HTTP/1.1 200"u8))
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(_answer, 0, received));
        }
    }

    public void Dispose() => _socket.Dispose();

    private static int EndOf(ReadOnlySpan<byte> answer)
    {
        var body = answer.IndexOf("\r\n\r\n"u8);
        if (body < 0)
        {
            return int.MaxValue;
        }

        var length = answer[..body].IndexOf("Content-Length: "u8);
        if (length >= 0)
        {
            return Utf8Parser.TryParse(answer[(length + "Content-Length: ".Length)..], out int bytes, out _) ? body + 4 + bytes : int.MaxValue;
        }

        // In chunks: the last one is empty.
        return answer.EndsWith("\r\n0\r\n\r\n"u8) ? answer.Length : int.MaxValue;
    }
}
