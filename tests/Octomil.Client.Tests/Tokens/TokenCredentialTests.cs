using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Http;
using Octomil.Client.Http;
using Octomil.Client.Tests.Fakes;
using Octomil.Client.Tests.Training;
using Octomil.Client.Tokens;
using Octomil.Devices;
using Xunit;

namespace Octomil.Client.Tests.Tokens;

[UnsupportedOSPlatform("windows")]
public sealed class TokenCredentialTests : IDisposable
{
    private const int LifeSeconds = 3600;

    private readonly TestFolder _folder = new();
    private readonly List<DeviceRefreshRequest> _asked = [];
    private int _number = 1;

    private string TokenPath => _folder["hospital-001.token"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_IsRenewedBeforeItEnds_AndNotSooner()
    {
        await using var bench = await StartAsync();

        bench.Clock.Advance(TimeSpan.FromSeconds((0.75 * LifeSeconds) - 1));
        await bench.Client.RegisterAsync(Cancellation);
        Assert.Empty(_asked);
        bench.Clock.Advance(TimeSpan.FromSeconds(700));
        await bench.Client.RegisterAsync(Cancellation);
        await bench.Client.RegisterAsync(Cancellation);

        Assert.Equal("refresh-1", Assert.Single(_asked).RefreshToken);
        var kept = DeviceTokenFile.Read(TokenPath);
        Assert.Equal(("access-2", "refresh-2", null), (kept.AccessToken, kept.RefreshToken, kept.Attempt));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenPath));
    }

    [Fact]
    public async Task Token_ThatIsRefused_IsRenewed_AndTheCallGoesThrough_AndTheHubConnects()
    {
        await using var bench = await StartAsync();
        bench.Service.AcceptedKey = "access-2";

        await bench.RunAsync();

        Assert.Single(_asked);
        bench.Service.AcceptedKey = "access-3";
        await bench.Service.StopAsync();
        await bench.LineAsync("The connection was lost");
        await bench.Service.StartAsync();
        await bench.LineAsync("Connected to");
        Assert.Equal(["refresh-1", "refresh-2"], _asked.Select(request => request.RefreshToken));
    }

    [Fact]
    public async Task Renewal_WhoseAnswerIsLost_IsRepeatedUnderItsName_AlsoByTheNextProgram()
    {
        await using (var bench = await StartAsync(lostAnswers: 2))
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(LifeSeconds));
            var failure = await Assert.ThrowsAsync<OctomilException>(() => bench.Client.Api.GetAsync<object>("training/rounds", Cancellation));
            Assert.True(failure.IsTransient);
            await Assert.ThrowsAsync<OctomilException>(() => bench.Client.Api.GetAsync<object>("training/rounds", Cancellation));
        }

        await using var next = await StartAsync(mint: false);
        next.Clock.Advance(TimeSpan.FromSeconds(LifeSeconds));
        await next.Client.RegisterAsync(Cancellation);
        next.Clock.Advance(TimeSpan.FromSeconds(LifeSeconds));
        await next.Client.RegisterAsync(Cancellation);

        Assert.Equal(4, _asked.Count);
        Assert.Single(_asked.Take(3).Select(request => request.Attempt).Distinct());
        Assert.NotEqual(_asked[2].Attempt, _asked[3].Attempt);
    }

    [Fact]
    public async Task Renewal_ThatCannotBeHad_LeavesTheOldTokenItsTime_AndIsNotAskedForAtEveryRequest()
    {
        await using var bench = await StartAsync(lostAnswers: 100);

        bench.Clock.Advance(TimeSpan.FromSeconds(LifeSeconds - 200));
        for (var call = 0; call < 3; call++)
        {
            await bench.Client.RegisterAsync(Cancellation);
        }

        Assert.Single(_asked);
        bench.Clock.Advance(TimeSpan.FromSeconds(6));
        await bench.Client.RegisterAsync(Cancellation);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task Tokens_ThatAreOver_AreSaidToBe_AndNewOnesAreTakenUp()
    {
        await using var bench = await StartAsync();
        bench.Service.OnRefresh = request =>
        {
            _asked.Add(request);
            return Results.Unauthorized();
        };
        bench.Service.AcceptedKey = "access-7";

        for (var call = 0; call < 2; call++)
        {
            var over = await Assert.ThrowsAsync<OctomilException>(() => bench.Client.RegisterAsync(Cancellation));
            Assert.True(over.IsAuthentication);
        }

        // What was refused once is not asked for again.
        Assert.Single(_asked);
        bench.Clock.Advance(TimeSpan.FromSeconds(LifeSeconds));
        var told = await Assert.ThrowsAsync<OctomilException>(() => bench.Client.RegisterAsync(Cancellation));
        Assert.Contains("octomil devices token", told.Detail, StringComparison.Ordinal);
        Mint(bench, 7);
        await bench.Client.RegisterAsync(Cancellation);
    }

    [Fact]
    public async Task Programs_ThatShareAFile_RenewItOnce()
    {
        await using var bench = await StartAsync();
        bench.Service.AcceptedKey = "access-2";
        var clients = Enumerable.Range(0, 6).Select(_ => Client(bench)).ToList();

        await Task.WhenAll(clients.Select(client => client.RegisterAsync(Cancellation)));

        Assert.Single(_asked);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Folder_ThatCannotBeWritten_KeepsTheTokensFromBeingUsedUp()
    {
        await using var bench = await StartAsync();
        Directory.CreateDirectory(TokenPath + ".new");
        bench.Clock.Advance(TimeSpan.FromSeconds(LifeSeconds));

        var refused = await Assert.ThrowsAsync<OctomilException>(() => bench.Client.RegisterAsync(Cancellation));

        Assert.Equal(OctomilException.TokenFile, refused.Code);
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("edg_live_key")]
    [InlineData("null")]
    public async Task File_ThatHoldsNoTokens_IsSaidToBeNone(string content)
    {
        await using var bench = await StartAsync();
        await File.WriteAllTextAsync(TokenPath, content, Cancellation);

        var refused = await Assert.ThrowsAsync<OctomilException>(() => bench.Client.RegisterAsync(Cancellation));

        Assert.Contains("holds no tokens of a device", refused.Detail, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    // A service that renews tokens of a number and takes those of the last one.
    private async Task<Bench> StartAsync(bool mint = true, int lostAnswers = 0)
    {
        var bench = await Bench.StartAsync(key: null, configure: options => options.TokenFile = TokenPath);
        bench.Service.AcceptedKey = $"access-{_number}";
        bench.Service.OnRefresh = request =>
        {
            _asked.Add(request);
            if (lostAnswers-- > 0)
            {
                return FakeEndpoints.Problem(503, ErrorCodes.Unavailable, "The answer is lost.");
            }

            _number = int.Parse(request.RefreshToken["refresh-".Length..], CultureInfo.InvariantCulture) + 1;
            bench.Service.AcceptedKey = $"access-{_number}";
            return Results.Ok(Tokens(_number));
        };
        if (mint)
        {
            Mint(bench, 1);
        }

        return bench;
    }

    private void Mint(Bench bench, int number) => DeviceTokenFile.Of(Tokens(number), bench.Clock.GetUtcNow()).Write(TokenPath);

    // By the system's clock: who waits for another program waits for real.
    private FederatedClient Client(Bench bench) => new(
        null, "hospital-001", new FederatedClientOptions { ApiBase = bench.Service.Url.ToString(), TokenFile = TokenPath });

    private static DeviceTokenResponse Tokens(int number) => new()
    {
        DeviceId = "dev_0000000000000001", AccessToken = $"access-{number}", RefreshToken = $"refresh-{number}", ExpiresIn = LifeSeconds,
    };
}
