using Microsoft.AspNetCore.SignalR;

namespace Octomil.Devices;

/// <summary>Which device a connection speaks for; one that does not say so in time is closed, for it costs memory and gets nothing.</summary>
internal sealed class HelloDeadline(TimeProvider clock)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly object _deviceItem = new();

    public static string? DeviceOf(HubCallerContext context) => context.Items.TryGetValue(_deviceItem, out var device) ? (string?)device : null;

    public static void Remember(HubCallerContext context, string deviceId) => context.Items[_deviceItem] = deviceId;

    public static void Forget(HubCallerContext context) => context.Items.Remove(_deviceItem);

    public void Watch(HubCallerContext context) => _ = WatchAsync(context);

    private async Task WatchAsync(HubCallerContext context)
    {
        try
        {
            await Task.Delay(Patience, clock, context.ConnectionAborted);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (DeviceOf(context) is null)
        {
            context.Abort();
        }
    }
}
