using System.Net;
using System.Security.Cryptography;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Devices;

namespace Octomil.Client.Tokens;

/// <summary>
/// The access token of a token file, renewed before it ends and when the service refuses it. A renewal is named in the file before it is
/// asked for, so that one whose answer gets lost, with the program or the network, is repeated under its name and locks nobody out.
/// </summary>
/// <param name="path">The token file.</param>
/// <param name="open">The service, asked without a secret; disposed with this.</param>
/// <param name="settings">Clock and log.</param>
internal sealed class TokenCredential(string path, OctomilApi open, ClientSettings settings) : Credential
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile DeviceTokenFile? _tokens;
    private string? _refused;
    private DateTimeOffset _notBefore;

    public override async ValueTask<string?> GetAsync(CancellationToken cancellationToken)
    {
        if (_tokens is { } kept && IsFresh(kept))
        {
            return kept.AccessToken;
        }

        using var turn = await TakeTurnAsync(cancellationToken);
        var tokens = Read();
        try
        {
            return (IsFresh(tokens) ? tokens : await RefreshAsync(tokens, cancellationToken)).AccessToken;
        }
        catch (OctomilException exception) when (exception.IsTransient && settings.Clock.GetUtcNow() < tokens.ExpiresAt)
        {
            // It is good for a while yet.
            TokenLog.NotRenewed(settings.Logger, exception.Detail);
            _notBefore = settings.Clock.GetUtcNow() + TryAgain;
            return tokens.AccessToken;
        }
    }

    public override async Task<bool> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var tokens = Read();
        try
        {
            // Another program of this device, or a request beside this one, may have renewed it.
            _ = tokens.AccessToken != refused ? tokens : await RefreshAsync(tokens, cancellationToken);
            return true;
        }
        catch (OctomilException exception) when (exception.IsAuthentication)
        {
            TokenLog.NotRenewed(settings.Logger, exception.Detail);
            return false;
        }
    }

    public override void Dispose()
    {
        open.Dispose();
        _gate.Dispose();
        base.Dispose();
    }

    private bool IsFresh(DeviceTokenFile tokens)
    {
        var now = settings.Clock.GetUtcNow();
        return now < tokens.RefreshAt || (now < _notBefore && now < tokens.ExpiresAt);
    }

    private DeviceTokenFile Read()
    {
        try
        {
            return _tokens = DeviceTokenFile.Read(path);
        }
        catch (InvalidDataException exception)
        {
            throw new OctomilException(null, OctomilException.TokenFile, exception.Message, exception);
        }
    }

    private async Task<DeviceTokenFile> RefreshAsync(DeviceTokenFile tokens, CancellationToken cancellationToken)
    {
        if (tokens.RefreshToken == _refused)
        {
            throw Over(null);
        }

        var begun = tokens.Attempt is null ? tokens with { Attempt = RandomNumberGenerator.GetHexString(32, lowercase: true) } : tokens;
        if (begun != tokens && !TryWrite(begun, out var unwritable))
        {
            throw new OctomilException(null, OctomilException.TokenFile, unwritable);
        }

        var next = DeviceTokenFile.Of(await AskAsync(begun, cancellationToken), settings.Clock.GetUtcNow());
        if (TryWrite(next, out var unsaved))
        {
            TokenLog.Renewed(settings.Logger);
        }
        else
        {
            // The file repeats the attempt, which the service answers with tokens like these.
            TokenLog.NotKept(settings.Logger, unsaved);
        }

        return _tokens = next;
    }

    private async Task<DeviceTokenResponse> AskAsync(DeviceTokenFile begun, CancellationToken cancellationToken)
    {
        try
        {
            return await open.SendAsync<DeviceTokenResponse>(
                HttpMethod.Post, "auth/device/refresh", new DeviceRefreshRequest { RefreshToken = begun.RefreshToken, Attempt = begun.Attempt }, cancellationToken);
        }
        catch (OctomilException exception) when (exception.StatusCode is HttpStatusCode.Unauthorized)
        {
            _refused = begun.RefreshToken;
            throw Over(exception);
        }
    }

    private bool TryWrite(DeviceTokenFile tokens, out string problem)
    {
        try
        {
            tokens.Write(path);
            problem = "";
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"{path} cannot be written: {exception.Message}";
            return false;
        }
    }

    private OctomilException Over(Exception? exception) => new(
        HttpStatusCode.Unauthorized, ErrorCodes.Unauthorized,
        $"The tokens in {path} are over: too old, used elsewhere, or their key or device is revoked. Make new ones with `octomil devices token DEVICE --output FILE`.",
        exception);

    private async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return new Turn(_gate, await FileLock.TakeAsync(path + ".lock", settings.Clock, cancellationToken));
        }
        catch
        {
            _gate.Release();
            throw;
        }
    }

    private sealed class Turn(SemaphoreSlim gate, IDisposable file) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            gate.Release();
        }
    }
}
