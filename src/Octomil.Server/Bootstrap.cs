using Microsoft.Extensions.Options;

namespace Octomil.Server;

/// <summary>
/// On the first start of a service: makes the first organization with a key that may do everything, and prints the key once. A key
/// that is configured is added to that organization, so that whoever holds the configuration can always get in.
/// </summary>
internal sealed class Bootstrap(
    IGrainFactory grains, IOptions<BootstrapOptions> options, IHostApplicationLifetime lifetime) : BackgroundService
{
    // Fixed, so that every silo and every start means the same organization.
    private const string OrganizationId = "org_00000001";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        var organization = grains.GetOrganization(OrganizationId);

        if (await organization.GetAsync() is not null && options.Value.Key is null)
        {
            return;
        }

        await grains.GetOrganizationName(options.Value.Organization).ClaimAsync(OrganizationId);
        await organization.CreateAsync(options.Value.Organization);
        var key = await organization.CreateKeyAsync("bootstrap", [Scopes.Operator, Scopes.MetricsRead, .. Scopes.OfAnAdministrator], options.Value.Key);

        if (options.Value.Key is null)
        {
            Console.WriteLine($"First organization: {OrganizationId} ({options.Value.Organization})");
            Console.WriteLine($"Its administrator's key, shown this once: {key.Secret}");
        }
    }

    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ready = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }
}

/// <summary>Registration of the first organization.</summary>
internal static class BootstrapServices
{
    public static IServiceCollection AddBootstrap(this IServiceCollection services)
    {
        services.AddOptions<BootstrapOptions>().BindConfiguration(BootstrapOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BootstrapOptions>, BootstrapOptionsValidator>();
        return services.AddHostedService<Bootstrap>();
    }
}
