using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

/// <summary>
/// Logs what failed in the hub. SignalR's own log, which the settings turn off, would have refusals in it as well, with their stacks:
/// a fleet of devices that are not registered must not fill the log.
/// </summary>
internal sealed partial class DeviceHubErrors(ILogger<DeviceHubErrors> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(invocationContext);
        }
        catch (Exception exception) when (exception is not HubException and not OperationCanceledException)
        {
            LogFailed(logger, exception, invocationContext.HubMethodName);
            throw;
        }
    }
}
