using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Octomil.Training;

/// <summary>Registration of the training slice.</summary>
internal static class TrainingServices
{
    public static IServiceCollection AddTraining(this IServiceCollection services)
    {
        services.AddOptions<UploadOptions>().BindConfiguration(UploadOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<UploadOptions>, UploadOptionsValidator>());
        services.TryAddSingleton<RunNames>();
        services.TryAddSingleton<RoundBases>();
        services.TryAddSingleton<UpdateLayouts>();
        services.TryAddSingleton<UpdateServices>();
        services.TryAddSingleton<PostedBodies>();
        services.TryAddSingleton<PostedRounds>();
        services.TryAddSingleton<PostedFolding>();
        services.TryAddSingleton<PostedServices>();
        return services;
    }

    public static void MapTraining(this IEndpointRouteBuilder api)
    {
        var training = api.MapGroup("/training").WithTags("Training");
        training.MapSessions();
        training.MapRuns();
        training.MapRunEvents();
        var rounds = api.MapGroup("/training").WithTags("Rounds");
        rounds.MapRounds();
        rounds.MapUpdates();
        rounds.MapPostedWeights();
        rounds.MapReports();
    }
}
