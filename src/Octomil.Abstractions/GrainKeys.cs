using System.Security.Cryptography;
using System.Text;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Federations;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil;

/// <summary>The one place where ids become grain keys.</summary>
public static class GrainKeys
{
    public static IOrganizationGrain GetOrganization(this IGrainFactory grains, string organizationId) =>
        grains.GetGrain<IOrganizationGrain>(organizationId);

    /// <summary>Names that differ in case alone are one: people could not tell them apart.</summary>
    public static IOrganizationNameGrain GetOrganizationName(this IGrainFactory grains, string name) =>
        grains.GetGrain<IOrganizationNameGrain>(name.ToUpperInvariant());

    /// <param name="grains">The grain factory.</param>
    /// <param name="secret">The API key as the caller sent it; only its hash leaves this method.</param>
    public static IApiKeyGrain GetApiKey(this IGrainFactory grains, string secret) =>
        grains.GetGrain<IApiKeyGrain>(HashOfSecret(secret));

    public static IApiKeyGrain GetApiKeyByHash(this IGrainFactory grains, string hash) => grains.GetGrain<IApiKeyGrain>(hash);

    public static IFederationGrain GetFederation(this IGrainFactory grains, string federationId) =>
        grains.GetGrain<IFederationGrain>(federationId);

    public static IDeviceGrain GetDevice(this IGrainFactory grains, string deviceId) => grains.GetGrain<IDeviceGrain>(deviceId);

    public static IDeviceDirectoryGrain GetDeviceDirectory(this IGrainFactory grains, string organizationId, int partition) =>
        grains.GetGrain<IDeviceDirectoryGrain>($"{organizationId}/{partition}");

    public static IModelGrain GetModel(this IGrainFactory grains, string modelId) => grains.GetGrain<IModelGrain>(modelId);

    public static IDeploymentGrain GetDeployment(this IGrainFactory grains, string organizationId, string modelId) =>
        grains.GetGrain<IDeploymentGrain>($"{organizationId}/{modelId}");

    public static IVersionRulesGrain GetVersionRules(this IGrainFactory grains, string organizationId) =>
        grains.GetGrain<IVersionRulesGrain>(organizationId);

    public static ITrainingRunGrain GetTrainingRun(this IGrainFactory grains, string runId) =>
        grains.GetGrain<ITrainingRunGrain>(runId);

    public static IOpenRunsGrain GetOpenRuns(this IGrainFactory grains) => grains.GetGrain<IOpenRunsGrain>("all");

    public static IWeightsGrain GetWeights(this IGrainFactory grains, WeightsRef weights) => grains.GetGrain<IWeightsGrain>(weights.Sha256);

    public static IRoundGrain GetRound(this IGrainFactory grains, string roundId) => grains.GetGrain<IRoundGrain>(roundId);

    /// <summary>SHA-256 in hex. The secrets have 190 random bits, so a plain hash cannot be searched.</summary>
    public static string HashOfSecret(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>The device's id follows from its organization and identifier, so that registering is an upsert without a look-up.</summary>
    public static string DeviceId(string organizationId, string deviceIdentifier) =>
        "dev_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{organizationId}\n{deviceIdentifier}")).AsSpan(0, 8));

    /// <summary>The id of a device's update in a round; the same however often it is sent.</summary>
    public static string UpdateId(string roundId, string deviceId) =>
        "upd_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{roundId}\n{deviceId}")).AsSpan(0, 8));
}
