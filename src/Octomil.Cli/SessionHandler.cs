using System.Net.Http.Headers;
using System.Net.Http.Json;
using Octomil.Organizations;

namespace Octomil;

/// <summary>Sends requests with a person's session, and renews it when it is due. The new tokens are kept before they are used.</summary>
internal sealed class SessionHandler(Credentials session, string homeFolder, Uri refresh, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly TimeSpan _early = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Credentials _session = session;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(cancellationToken));
        return await base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gate.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_session.ExpiresAt <= time.GetUtcNow() + _early)
            {
                // Another command may have renewed it meanwhile; a token that was used before would end the session.
                _session = Credentials.Read(homeFolder) is { RefreshToken: not null } stored && stored.ExpiresAt > _session.ExpiresAt ? stored : await RenewAsync(cancellationToken);
            }

            return _session.AccessToken!;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Credentials> RenewAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, refresh)
        {
            Content = JsonContent.Create(new RefreshRequest { RefreshToken = _session.RefreshToken! }, options: ContractJson.Options),
        };
        using var response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw await ApiProblem.ReadAsync(response, cancellationToken);
        }

        var renewed = await response.Content.ReadFromJsonAsync<SessionResponse>(ContractJson.Options, cancellationToken);
        var credentials = Credentials.Of(new Uri(_session.ApiBase!), renewed!, time.GetUtcNow());
        credentials.Write(homeFolder);
        return credentials;
    }
}
