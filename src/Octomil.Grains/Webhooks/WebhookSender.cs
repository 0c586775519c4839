using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Octomil.Storage;

namespace Octomil.Webhooks;

/// <summary>
/// Sends one signed message and says what came of it; it never throws for the receiver's sake. Redirects are not followed, proxies are not
/// asked, and of the answer nothing but the status is read.
/// </summary>
internal sealed class WebhookSender(ISecretSeals seals, IOptions<WebhookOptions> options, TimeProvider clock) : IDisposable
{
    private const int LongestError = 200;
    private const int MostUnreadBytes = 4096;
    private const int MostHeaderKilobytes = 16;

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxResponseHeadersLength = MostHeaderKilobytes,
        MaxResponseDrainSize = MostUnreadBytes,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionLifetime = ConnectionLifetime,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, options.Value.AllowPrivateAddresses, cancellationToken),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <param name="webhook">Where to.</param>
    /// <param name="sealedSecret">Its secret, protected.</param>
    /// <param name="raised">What to tell.</param>
    public async Task<WebhookAttempt> SendAsync(Webhook webhook, string sealedSecret, WebhookEvent raised)
    {
        if (seals.Open(webhook.Id, sealedSecret) is not { } secret)
        {
            return Failed("The secret does not open: the key it was protected with is gone. Delete the webhook and make it again.");
        }

        using var patience = new CancellationTokenSource(options.Value.Timeout, clock);

        try
        {
            using var request = Request(webhook, secret, raised, clock.GetUtcNow().ToUnixTimeSeconds());
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return new WebhookAttempt { StatusCode = (int)response.StatusCode };
        }
        catch (OperationCanceledException)
        {
            return Failed(string.Create(CultureInfo.InvariantCulture, $"No answer within {options.Value.Timeout.TotalSeconds:0.#} s."));
        }
        catch (HttpRequestException exception)
        {
            return Failed(exception.GetBaseException().Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Webhook webhook, string secret, WebhookEvent raised, long unixSeconds)
    {
        var body = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["type"] = raised.Type,
            ["id"] = raised.Id,
            ["timestamp"] = raised.At.UtcDateTime,
            ["data"] = JsonNode.Parse(raised.Data),
        }.ToJsonString());

        return new HttpRequestMessage(HttpMethod.Post, webhook.Url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            Headers =
            {
                { "user-agent", "octomil-webhooks" },
                { "webhook-id", raised.Id },
                { "webhook-timestamp", unixSeconds.ToString(CultureInfo.InvariantCulture) },
                { "webhook-signature", WebhookSignature.Of(secret, raised.Id, unixSeconds, body) },
            },
        };
    }

    // What the check allows is what is connected to: the name is not resolved again.
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, bool allowPrivate, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, cancellationToken);
        var allowed = allowPrivate ? addresses : Array.FindAll(addresses, WebhookAddresses.IsPublic);

        if (allowed.Length == 0)
        {
            throw new HttpRequestException("The URL's host has no address on the internet; addresses of private networks are not sent to.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        try
        {
            await socket.ConnectAsync(allowed, endpoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static WebhookAttempt Failed(string error) => new() { Error = error.Length <= LongestError ? error : error[..LongestError] };
}
