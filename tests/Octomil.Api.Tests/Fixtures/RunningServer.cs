using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>A server that runs for as long as the fixture lives, and callers of it.</summary>
public abstract class RunningServer : IAsyncLifetime
{
    private const string OperatorKey = "edg_test_0123456789abcdefghijABCDEFGHIJ01";

    private readonly ServerHost _host;

    // A body that waits for the server's word must not be sent without it.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, Expect100ContinueTimeout = Patience.Long })
    {
        Timeout = Patience.Long,
    };

    private protected RunningServer(params (string Name, string Value)[] settings) => _host = new ServerHost(
        settings.Append(("Octomil:Bootstrap:Key", OperatorKey)).ToDictionary(setting => setting.Item1, setting => setting.Item2, StringComparer.Ordinal), Change);

    internal Uri Address { get; private set; } = new("http://unstarted");

    internal IServiceProvider Services => _host.Services;

    internal ApiCaller Anonymous => As(key: null);

    /// <summary>The key that may create organizations.</summary>
    internal ApiCaller Operator => As(OperatorKey);

    /// <summary>What a test's server has other than the program's own.</summary>
    private protected virtual void Change(IServiceCollection services)
    {
    }

    public async ValueTask InitializeAsync()
    {
        Address = _host.Start();
        await Patience.UntilAsync("the operator's key to be there", async () => (await Operator.GetAsync("/organizations/current")).Status is HttpStatusCode.OK);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal ApiCaller As(string? key, string organizationId = "") => new(_http, Address, key, organizationId);

    /// <summary>A new organization's administrator.</summary>
    internal async Task<ApiCaller> OrganizationAsync(string name)
    {
        var created = (await Operator.PostAsync("/organizations", new { name })).Ok();
        return As(created.Text("api_key"), created.Text("id"));
    }
}
