using Microsoft.Extensions.Options;
using Octomil.Storage;
using Orleans.Dashboard;

namespace Octomil.Server;

/// <summary>The process: composed, started, and run until it is told to stop.</summary>
internal static class OctomilServer
{
    private const int CannotStart = 1;

    /// <summary>Returns the exit code. What keeps the server from starting is said on standard error, a line for each thing to mend.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        WebApplication app;

        try
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Configuration.AddOctomilEnvironment();

            if (await BackupCommands.TryRunAsync(args, builder.Configuration) is { } exitCode)
            {
                return exitCode;
            }

            app = await PrepareAsync(builder);
        }
        catch (Exception exception) when (WhatToMend(exception) is { } lines)
        {
            foreach (var line in lines)
            {
                await Console.Error.WriteLineAsync(line);
            }

            return CannotStart;
        }

        await app.RunAsync();
        return 0;
    }

    // Checks and opens what the host would check and open when it starts, among the failures of everything that needs it.
    private static async Task<WebApplication> PrepareAsync(WebApplicationBuilder builder)
    {
        builder.Logging.AddOctomilConsole(builder.Configuration);
        builder.Services.AddOctomilTelemetry(builder.Configuration);
        builder.Services.AddOctomilApi();
        builder.Services.AddBootstrap();
        builder.Host.UseOrleans(silo => silo
            .UseOctomilCluster()
            .AddOctomilStorage()
            .AddOctomilGrains()
            .AddActivityPropagation()
            .AddDashboard());

        var app = builder.Build();
        app.UseOctomilApi();
        app.MapOctomilApi();
        app.MapOctomilTelemetry();
        app.Services.GetService<IStartupValidator>()?.Validate();
        await app.Services.OpenOctomilStorageAsync(CancellationToken.None);
        return app;
    }

    private static IEnumerable<string>? WhatToMend(Exception exception) => exception switch
    {
        OptionsValidationException invalid => invalid.Failures,
        AggregateException all when all.InnerExceptions.All(one => one is OptionsValidationException) =>
            all.InnerExceptions.Cast<OptionsValidationException>().SelectMany(invalid => invalid.Failures),
        StorageUnavailableException unavailable => [unavailable.Message],

        // The configuration's binder, about a value that is not of its setting's type. Its message names the setting.
        InvalidOperationException { InnerException: FormatException or ArgumentException } unreadable => [unreadable.Message],
        _ => null,
    };
}
