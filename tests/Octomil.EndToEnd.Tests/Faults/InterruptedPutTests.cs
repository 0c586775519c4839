using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A device that dies, or falls silent, in the middle of its PUT.</summary>
[Collection(SharedServer.Collection)]
public sealed class InterruptedPutTests(SharedServer shared)
{
    private const int Rounds = 3;

    // Two buffers fit the server's budget. The silent PUTs of two rounds hold both, so the third round needs that they are given back.
    private const int Disturbed = 2;
    private const int Parameters = SharedServer.BufferFloats * 9 / 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithADeviceThatBreaksOffItsPuts_CountsNothingOfThemAndGivesTheirBuffersBack()
    {
        var calm = await RunAsync((_, _, _) => Task.CompletedTask);
        List<Socket> silent = [];

        var disturbed = await RunAsync(async (tenant, device, round) =>
        {
            if (round > Disturbed)
            {
                return;
            }

            for (var i = 0; i < 3; i++)
            {
                var broken = await SendHalfAsync(tenant, device, round);
                broken.LingerState = new LingerOption(enable: true, seconds: 0);
                broken.Dispose();
            }

            silent.Add(await SendHalfAsync(tenant, device, round));
            Assert.Equal(0, await tenant.UpdatesAsync(Cancellation));
        });

        Assert.Equal(calm, disturbed);
        Assert.Equal(Disturbed, silent.Count);

        foreach (var socket in silent)
        {
            Assert.StartsWith("HTTP/1.1 408", await ReadAsync(socket, untilEnd: true), StringComparison.Ordinal);
            socket.Dispose();
        }
    }

    // Three devices answer every round, which is its target; the fourth does what the test wants before them.
    private async Task<string> RunAsync(Func<Tenant, ScriptedDevice, int, Task> beforeEachRound)
    {
        using var tenant = await Tenant.CreateAsync(shared.Server, Cancellation);
        var layout = ScriptedDevice.LayoutOf(Parameters);
        await tenant.PushAsync(layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, layout, 4, Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", 4), ("min_updates", 3), ("target_updates", 3), ("over_selection", 1.34));

        for (var round = 1; round <= Rounds; round++)
        {
            await tenant.RoundOfAsync(devices[3].Id, round, Cancellation);
            await beforeEachRound(tenant, devices[3], round);
            await Task.WhenAll(devices.Take(3).Select(device => AnswerAsync(device, round)));
        }

        var sha256 = await tenant.CompletedAsync(Cancellation);
        Assert.Equal(Enumerable.Repeat(3, Rounds), await tenant.HistoryAsync(Cancellation));
        return sha256;
    }

    // While buffers are used up the server may ask to come again, as it is documented, and nothing else.
    private static async Task AnswerAsync(ScriptedDevice device, int round)
    {
        Answer answer;

        while ((answer = await device.AnswerAsync(round, Cancellation)).Status is HttpStatusCode.TooManyRequests)
        {
            Assert.Equal("busy", answer.Code);
            Assert.NotNull(answer.RetryAfter);
        }

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    private static async Task<Socket> SendHalfAsync(Tenant tenant, ScriptedDevice device, int round)
    {
        var body = await device.UpdateOfAsync(round, Cancellation);
        var roundId = await tenant.RoundOfAsync(device.Id, round, Cancellation);
        var server = new Uri(tenant.Server.Address);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, Cancellation);
        var head = $"PUT /api/v1/training/rounds/{roundId}/updates/{device.Id} HTTP/1.1\r\nHost: {server.Authority}\r\n"
            + $"Authorization: Bearer {tenant.Key}\r\nContent-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(head), Cancellation);

        // The server asks for the body once it has a buffer for it.
        Assert.StartsWith("HTTP/1.1 100", await ReadAsync(socket, untilEnd: false), StringComparison.Ordinal);
        await socket.SendAsync(body.AsMemory(0, body.Length / 2), Cancellation);
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket, bool untilEnd)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Wait.Patience);
        var (text, buffer, read) = (new StringBuilder(), new byte[4096], 0);

        do
        {
            read = await socket.ReceiveAsync(buffer, limit.Token);
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        while (untilEnd && read > 0);

        return text.ToString();
    }
}
