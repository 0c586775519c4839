using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octomil.Testing;

/// <summary>A message as it arrived.</summary>
public sealed record ReceivedMessage(string Id, string Timestamp, string Signature, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Type => Json.GetProperty("type").GetString()!;

    public JsonElement Data => Json.GetProperty("data");

    /// <summary>Whether it was signed with the secret, computed as a receiver does who has only the specification.</summary>
    public bool IsSignedWith(string secret)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(secret.Replace("whsec_", "", StringComparison.Ordinal)));
        foreach (var part in (string[])[Id, ".", Timestamp, ".", Body])
        {
            mac.AppendData(Encoding.UTF8.GetBytes(part));
        }

        return Signature == $"v1,{Convert.ToBase64String(mac.GetHashAndReset())}";
    }
}

/// <summary>Somebody's own server, on loopback, that webhooks are sent to.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<ReceivedMessage> _messages = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _news = new(0);

    private WebhookReceiver(WebApplication application) => _application = application;

    public string Url => $"{_application.Urls.Single()}/hook";

    public IReadOnlyCollection<ReceivedMessage> Messages => _messages;

    /// <summary>The status of the answer to the message of that number, from 1; null: it never answers.</summary>
    public Func<int, int?> Answer { get; set; } = _ => StatusCodes.Status204NoContent;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var receiver = new WebhookReceiver(builder.Build());
        receiver._application.Run(receiver.ReceiveAsync);
        await receiver._application.StartAsync();
        return receiver;
    }

    /// <summary>Waits for so many messages, whatever was answered to them.</summary>
    public async Task<IReadOnlyList<ReceivedMessage>> UntilAsync(int count, CancellationToken cancellationToken)
    {
        while (_messages.Count < count)
        {
            if (!await _news.WaitAsync(TimeSpan.FromMinutes(2), cancellationToken))
            {
                throw new TimeoutException($"Waited two minutes for message {count}; there are {_messages.Count}.");
            }
        }

        return [.. _messages];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _application.DisposeAsync();
        _stop.Dispose();
        _news.Dispose();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var (body, headers) = (await reader.ReadToEndAsync(_stop.Token), context.Request.Headers);
        _messages.Enqueue(new ReceivedMessage(headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), body));
        var answer = Answer(_messages.Count);
        _news.Release();

        if (answer is not { } status)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        context.Response.StatusCode = status;
        context.Response.Headers.Location = status == StatusCodes.Status302Found ? "/elsewhere" : default;
    }
}
