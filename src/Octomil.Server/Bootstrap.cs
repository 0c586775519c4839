using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Octomil.Storage;
using Orleans.Storage;

namespace Octomil.Server;

/// <summary>
/// On the first start of a service: makes the first organization with a key that may do everything, and prints the key once. A key
/// that is configured is added to that organization, so that whoever holds the configuration can always get in.
/// </summary>
internal sealed partial class Bootstrap(
    IGrainFactory grains, IOptions<BootstrapOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Bootstrap> logger) : BackgroundService
{
    // Fixed, so that every silo and every start means the same organization.
    private const string OrganizationId = "org_00000001";
    private const string KeyName = "bootstrap";

    private static readonly ImmutableArray<string> _scopes = [Scopes.Operator, Scopes.MetricsRead, .. Scopes.OfAnAdministrator];
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);

        while (true)
        {
            try
            {
                await FoundAsync();
                return;
            }
            catch (Exception exception) when (exception is InconsistentStateException or OrleansException or StorageUnavailableException or TimeoutException)
            {
                // Another server did it at the same time, or the database is away for a moment: asking again tells.
                LogTriedAgain(logger, exception, OrganizationId);
                await Task.Delay(_again, clock, stoppingToken);
            }
        }
    }

    private async Task FoundAsync()
    {
        var (name, secret) = (options.Value.Organization, options.Value.Key);
        await grains.GetOrganizationName(name).ClaimAsync(OrganizationId);
        var organization = grains.GetOrganization(OrganizationId);

        if (secret is not null)
        {
            await organization.CreateAsync(name);
            await organization.CreateKeyAsync(KeyName, _scopes, secret);
        }
        else if (await organization.FoundAsync(name, KeyName, _scopes) is { } first)
        {
            // Of servers that start at the same time the row lets one alone come here.
            Console.WriteLine($"First organization: {OrganizationId} ({name})");
            Console.WriteLine($"Its administrator's key, shown this once: {first.Secret}");
        }

        LogThere(logger, OrganizationId);
    }

    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ready = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }

    [LoggerMessage(9000, LogLevel.Debug, "The first organization, {OrganizationId}, is there.")]
    private static partial void LogThere(ILogger logger, string organizationId);

    [LoggerMessage(9001, LogLevel.Warning, "The first organization, {OrganizationId}, could not be looked for; it is tried again. Where no server shows a key in the end, start one with OCTOMIL_BOOTSTRAP_KEY.")]
    private static partial void LogTriedAgain(ILogger logger, Exception exception, string organizationId);
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
