using Octomil.Learning.Weights;
using Octomil.Testing;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A server that is killed between an event and its delivery.</summary>
public sealed class WebhookCrashTests
{
    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Event_OfAServerThatWasKilled_IsDeliveredByTheNextWithTheSameId()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = number => number == 1 ? null : 204;
        await using var server = new ServerProcess(null, ("Octomil__Webhooks__AllowPrivateAddresses", "true"));
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        var hook = await tenant.PostAsync("/webhooks", new { url = receiver.Url, events = new[] { "run.finished" } }, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var device = (await ScriptedDevice.RegisterAsync(tenant, Layout, 1, Cancellation))[0];
        await tenant.StartRunAsync(Cancellation, ("rounds", 1), ("min_devices", 1), ("min_updates", 1));
        await device.PutAsync(await device.RoundAsync(1, Cancellation), 1, Cancellation);

        // The receiver has the message and does not answer: whether it was taken, nobody knows.
        await receiver.UntilAsync(1, Cancellation);
        await server.KillAsync();
        await server.StartAsync(Cancellation);
        var messages = await receiver.UntilAsync(2, Cancellation);

        Assert.Equal(messages[0].Id, messages[1].Id);
        Assert.Equal(messages[0].Body, messages[1].Body);
        Assert.All(messages, message => Assert.True(message.IsSignedWith(hook.GetProperty("secret").GetString()!)));
        Assert.Equal("COMPLETED", messages[0].Data.GetProperty("status").GetString());
    }
}
