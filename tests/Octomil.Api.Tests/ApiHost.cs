using System.Collections.Immutable;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Octomil.Devices;
using Octomil.Fakes;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Training;
using Xunit;

namespace Octomil;

/// <summary>The API on a free port, over grains that a test puts there. Two organizations, <c>org_a</c> and <c>org_b</c>, with a key each.</summary>
public sealed class ApiHost : IAsyncLifetime
{
    public const string Organization = "org_a";
    public const string OtherOrganization = "org_b";
    public const string Key = "edg_test_administrator_of_a";
    public const string OtherKey = "edg_test_administrator_of_b";

    private WebApplication? _app;

    public FakeGrains Grains { get; } = new();

    public FakeFolds Folds { get; } = new();

    public FakePayloads Payloads { get; } = new();

    public FakeRegistry Registry { get; } = new();

    public FakeSilo Silo { get; } = new();

    public FakeRunEvents RunEvents { get; } = new();

    public Uri Address { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => _app!.Services;

    public async ValueTask InitializeAsync()
    {
        PutGrains();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.UseKestrelCore();
        builder.Services.AddOctomilApi();
        builder.Services
            .AddSingleton(Grains.Factory).AddSingleton(Grains.Cluster)
            .AddSingleton<IRoundFolds>(Folds).AddSingleton(Payloads.Store).AddSingleton<IDeviceRegistry>(Registry)
            .AddSingleton<Storage.IStorageProbe>(Silo).AddSingleton(Silo.Details).AddSingleton(Silo.Membership)
            .AddKeyedSingleton(StorageNames.RunEvents, RunEvents.Provider);
        _app = builder.Build();
        Grains.Services = _app.Services;
        _app.UseOctomilApi();
        _app.MapOctomilApi();
        await _app.StartAsync();
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = ClientWith(Key);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app!.DisposeAsync();
    }

    public HttpClient ClientWith(string? key)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A key of the first organization with these scopes only.</summary>
    public string PutKey(params string[] scopes)
    {
        var secret = "edg_test_" + string.Concat(scopes).Replace(":", "", StringComparison.Ordinal) + "_scoped";
        Grant(secret, Organization, [.. scopes]);
        return secret;
    }

    /// <summary>A registered device; returns its id.</summary>
    public FakeDevice PutDevice(string organization, string identifier)
    {
        var id = GrainKeys.DeviceId(organization, identifier);
        return Grains.Put<IDeviceGrain, FakeDevice>(id, new FakeDevice(id)
        {
            Snapshot = new DeviceSnapshot
            {
                Id = id,
                OrganizationId = organization,
                Description = new DeviceDescription { Identifier = identifier },
                RegisteredAt = Time.Start,
            },
        });
    }

    private void PutGrains()
    {
        Grant(Key, Organization, [.. Scopes.OfAnAdministrator]);
        Grant(OtherKey, OtherOrganization, [.. Scopes.OfAnAdministrator]);
        Grains.Otherwise<IApiKeyGrain>(_ => new FakeApiKey(null));
        Grains.Otherwise<IOrganizationGrain>(id => new FakeOrganization(id, Grains));
        Grains.Otherwise<IDeviceGrain>(id => new FakeDevice(id));
        Grains.Otherwise<IModelGrain>(id => new FakeModel(id));
        Grains.Otherwise<IRoundGrain>(_ => new FakeRound());
        Grains.Otherwise<ITrainingRunGrain>(_ => new FakeRun(Organization));
        foreach (var id in (string[])[Organization, OtherOrganization])
        {
            Grains.Put<IOrganizationGrain, FakeOrganization>(id, new FakeOrganization(id, Grains)
            {
                Snapshot = new OrganizationSnapshot { Id = id, Name = id.ToUpperInvariant(), CreatedAt = Time.Start },
            });
        }
    }

    private void Grant(string secret, string organization, ImmutableArray<string> scopes) =>
        Grains.Put<IApiKeyGrain, FakeApiKey>(
            GrainKeys.HashOfSecret(secret), new FakeApiKey(new ApiKeyGrant { OrganizationId = organization, KeyId = "key_1", Scopes = scopes }));
}
