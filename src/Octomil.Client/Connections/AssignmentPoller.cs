using System.Net;
using Octomil.Client.Http;

namespace Octomil.Client.Connections;

/// <summary>
/// Asks for this device's rounds: often without the hub, and now and then with it, for a push may get lost. The listing is the truth.
/// </summary>
internal sealed class AssignmentPoller(OctomilApi api, DeviceRegistration device, DeviceInbox inbox, HubLink link, ClientSettings settings)
{
    private static readonly TimeSpan Connected = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Disconnected = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Refused = TimeSpan.FromSeconds(60);

    /// <summary>Asks until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // The greeting tells the same, so the first question can wait for it, or for its failure.
        var pause = Disconnected;
        while (true)
        {
            await inbox.PollNow.WaitAsync(settings.Spread(pause), cancellationToken);
            pause = await PollAsync(cancellationToken) ?? (link.IsConnected ? Connected : Disconnected);
        }
    }

    private async Task<TimeSpan?> PollAsync(CancellationToken cancellationToken)
    {
        try
        {
            var askedAt = inbox.Queue.Ask();
            inbox.Queue.OfferListed(await api.GetAssignmentsAsync(device.RequiredId, cancellationToken), askedAt);
            return null;
        }
        catch (OctomilException exception) when (exception.StatusCode is HttpStatusCode.NotFound)
        {
            ConnectionLog.Unknown(settings.Logger);
            return await RegisterAgainAsync(cancellationToken);
        }
        catch (OctomilException exception)
        {
            ConnectionLog.PollFailed(settings.Logger, exception.Detail);
            return exception.IsAuthentication ? Refused : exception.RetryAfter;
        }
    }

    private async Task<TimeSpan?> RegisterAgainAsync(CancellationToken cancellationToken)
    {
        try
        {
            var before = device.Id;
            await device.RegisterAsync(maxTries: 1, cancellationToken);
            if (device.Id != before)
            {
                await link.ReconnectAsync();
            }

            return null;
        }
        catch (OctomilException exception)
        {
            ConnectionLog.PollFailed(settings.Logger, exception.Detail);
            return exception.RetryAfter;
        }
    }
}
