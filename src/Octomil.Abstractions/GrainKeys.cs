using System.Security.Cryptography;
using System.Text;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Experiments;
using Octomil.Federations;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Training;
using Octomil.Webhooks;

namespace Octomil;

/// <summary>The one place where ids become grain keys.</summary>
public static class GrainKeys
{
    public static IOrganizationGrain GetOrganization(this IGrainFactory grains, string organizationId) =>
        grains.GetGrain<IOrganizationGrain>(organizationId);

    public static IOrganizationPrivacyGrain GetOrganizationPrivacy(this IGrainFactory grains, string organizationId) =>
        grains.GetGrain<IOrganizationPrivacyGrain>(organizationId);

    /// <summary>Names that differ in case alone are one: people could not tell them apart.</summary>
    public static IOrganizationNameGrain GetOrganizationName(this IGrainFactory grains, string name) =>
        grains.GetGrain<IOrganizationNameGrain>(name.ToUpperInvariant());

    /// <param name="grains">The grain factory.</param>
    /// <param name="secret">The API key as the caller sent it; only its hash leaves this method.</param>
    public static IApiKeyGrain GetApiKey(this IGrainFactory grains, string secret) =>
        grains.GetGrain<IApiKeyGrain>(HashOfSecret(secret));

    public static IApiKeyGrain GetApiKeyByHash(this IGrainFactory grains, string hash) => grains.GetGrain<IApiKeyGrain>(hash);

    public static IPeopleGrain GetPeople(this IGrainFactory grains, string organizationId) => grains.GetGrain<IPeopleGrain>(organizationId);

    public static IPersonGrain GetPerson(this IGrainFactory grains, string personId) => grains.GetGrain<IPersonGrain>(personId);

    /// <param name="grains">The grain factory.</param>
    /// <param name="email">The address; only its hash becomes a key, which may stand in logs.</param>
    public static IEmailGrain GetEmail(this IGrainFactory grains, string email) => grains.GetGrain<IEmailGrain>(HashOfSecret(Normal(email)));

    public static IFederationGrain GetFederation(this IGrainFactory grains, string federationId) =>
        grains.GetGrain<IFederationGrain>(federationId);

    public static IDeviceGrain GetDevice(this IGrainFactory grains, string deviceId) => grains.GetGrain<IDeviceGrain>(deviceId);

    public static IDeviceTokenGrain GetDeviceToken(this IGrainFactory grains, string deviceId) => grains.GetGrain<IDeviceTokenGrain>(deviceId);

    public static IDeviceCertificateGrain GetDeviceCertificates(this IGrainFactory grains, string deviceId) => grains.GetGrain<IDeviceCertificateGrain>(deviceId);

    public static IDeviceDirectoryGrain GetDeviceDirectory(this IGrainFactory grains, string organizationId, int partition) =>
        grains.GetGrain<IDeviceDirectoryGrain>($"{organizationId}/{partition}");

    public static IModelGrain GetModel(this IGrainFactory grains, string modelId) => grains.GetGrain<IModelGrain>(modelId);

    public static IDeploymentGrain GetDeployment(this IGrainFactory grains, string organizationId, string modelId) =>
        grains.GetGrain<IDeploymentGrain>($"{organizationId}/{modelId}");

    public static IVersionRulesGrain GetVersionRules(this IGrainFactory grains, string organizationId) =>
        grains.GetGrain<IVersionRulesGrain>(organizationId);

    public static IWebhooksGrain GetWebhooks(this IGrainFactory grains, string organizationId) => grains.GetGrain<IWebhooksGrain>(organizationId);

    public static IWebhookGrain GetWebhook(this IGrainFactory grains, string organizationId, string webhookId) =>
        grains.GetGrain<IWebhookGrain>($"{organizationId}/{webhookId}");

    public static IBusyWebhooksGrain GetBusyWebhooks(this IGrainFactory grains) => grains.GetGrain<IBusyWebhooksGrain>("all");

    public static IExperimentGrain GetExperiment(this IGrainFactory grains, string experimentId) =>
        grains.GetGrain<IExperimentGrain>(experimentId);

    public static IExperimentListGrain GetExperimentList(this IGrainFactory grains, string organizationId) =>
        grains.GetGrain<IExperimentListGrain>(organizationId);

    public static ITrainingRunGrain GetTrainingRun(this IGrainFactory grains, string runId) =>
        grains.GetGrain<ITrainingRunGrain>(runId);

    public static IOpenRunsGrain GetOpenRuns(this IGrainFactory grains) => grains.GetGrain<IOpenRunsGrain>("all");

    public static IWeightsGrain GetWeights(this IGrainFactory grains, WeightsRef weights) => grains.GetGrain<IWeightsGrain>(weights.Sha256);

    public static IRoundGrain GetRound(this IGrainFactory grains, string roundId) => grains.GetGrain<IRoundGrain>(roundId);

    /// <param name="grains">The grain factory.</param>
    /// <param name="deviceId">Who posted it.</param>
    /// <param name="modelId">The model it is for.</param>
    /// <param name="sha256">Hash of the body.</param>
    public static IPostedUpdateGrain GetPostedUpdate(this IGrainFactory grains, string deviceId, string modelId, string sha256) =>
        grains.GetGrain<IPostedUpdateGrain>($"{deviceId}/{modelId}/{sha256}");

    /// <summary>SHA-256 in hex. The secrets have 190 random bits, so a plain hash cannot be searched.</summary>
    public static string HashOfSecret(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>The device's id follows from its organization and identifier, so that registering is an upsert without a look-up.</summary>
    public static string DeviceId(string organizationId, string deviceIdentifier) =>
        "dev_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{organizationId}\n{deviceIdentifier}")).AsSpan(0, 8));

    /// <summary>An experiment's id follows from its organization and name, so that making it twice makes it once.</summary>
    public static string ExperimentId(string organizationId, string name) =>
        "exp_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{organizationId}\n{name}")).AsSpan(0, 8));

    /// <summary>A person's id follows from the organization and the address, whatever its case.</summary>
    public static string PersonId(string organizationId, string email) =>
        "usr_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{organizationId}\n{Normal(email)}")).AsSpan(0, 8));

    /// <summary>The id of a device's update in a round; the same however often it is sent.</summary>
    public static string UpdateId(string roundId, string deviceId) =>
        "upd_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{roundId}\n{deviceId}")).AsSpan(0, 8));

    private static string Normal(string email) => email.Trim().ToUpperInvariant();
}
