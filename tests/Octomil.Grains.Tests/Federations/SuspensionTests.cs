using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Devices;
using Octomil.Learning.Weights;
using Octomil.Models;
using Octomil.Storage;
using Octomil.Training;
using Orleans.Storage;
using Orleans.TestingHost;
using Xunit;

namespace Octomil.Federations;

/// <summary>Suspension in the middle of a round, with the real grains, folds and storage. The owner's updates are 2, the member's 100.</summary>
public sealed class SuspensionTests : IAsyncLifetime
{
    private const string Owner = "org_00000001";
    private const string Member = "org_00000002";
    private const string FederationId = "fed_00000001";

    private static readonly WeightsLayout Layout = WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [8])]);

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IServiceProvider Services => _cluster.Silos[0].ServiceProvider;

    private IGrainFactory Grains => _cluster.Client;

    private IFederationGrain Federation => Grains.GetFederation(FederationId);

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        await Grains.GetOrganization(Owner).CreateAsync("Acme Health");
        await Grains.GetOrganization(Member).CreateAsync("Metro General");
        await Federation.CreateAsync(Owner, "Acme Health", "consortium", null);
        await Federation.InviteAsync(Owner, [Member]);
        await Federation.JoinAsync(Member);

        foreach (var organization in (string[])[Owner, Member])
        {
            foreach (var identifier in (string[])["ward-1", "ward-2"])
            {
                await Grains.GetDevice(Device(organization, identifier)).RegisterAsync(organization, new DeviceDescription { Identifier = identifier });
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Suspend_RacingRegistrationsAndSealing_IsInTheResultOrNotAsItWasAnswered()
    {
        var (early, late) = (0, 0);

        for (var number = 1; number <= 12; number++)
        {
            var (run, round) = await StartRunAsync(number);

            // Sometimes before any of them, sometimes beside them, sometimes when the round is full.
            var before = number % 4 == 0 ? Federation.ChangeMembersAsync(Owner, MembershipChange.Suspend, [Member]) : null;
            await (before ?? Task.CompletedTask);
            var updates = Task.WhenAll(All().Select(device => SubmitAsync(round, device.Id, device.Value)));
            await Task.Delay(number % 4 * 5, Cancellation);
            var answer = before is not null ? await before : await Federation.ChangeMembersAsync(Owner, MembershipChange.Suspend, [Member]);
            var isOut = await AnswerAsync(round) is SubmitUpdateResult.OrganizationSuspended;
            var outcome = await Grains.GetRound(round).GetOutcomeAsync();
            Assert.Equal(FederationResult.Done, answer.Result);
            Assert.True(isOut || !answer.SealingRounds.IsEmpty || outcome?.Phase is RoundPhase.Sealed or RoundPhase.Published, $"{number}: neither out nor too late");
            await updates;
            await EndAsync(run);

            var weights = await ResultAsync(number);
            Assert.True(!isOut || weights.All(value => Math.Abs(value - 2) < 0.01), $"{number}: it was out, and the result is {weights[0]}");
            (early, late) = (early + (isOut ? 1 : 0), late + (isOut ? 0 : 1));
            await Federation.ChangeMembersAsync(Owner, MembershipChange.Reinstate, [Member]);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{early} in time, {late} too late.");
        Assert.True(early > 0);
    }

    [Fact]
    public async Task Suspend_WhenAnotherActivationBeganSealing_IsRepeatedAndSaysThatItIsTooLate()
    {
        var (_, round) = await StartRunAsync(1);
        await SubmitAsync(round, Device(Member, "ward-1"), 100);
        await ChangeBehindAsync<RoundState>("round", Grains.GetRound(round).GetGrainId(), state => state.BeginSealing());

        // The activation that answers does not know it: its save fails, and nothing is said to be done.
        await Assert.ThrowsAnyAsync<Exception>(() => Federation.ChangeMembersAsync(Owner, MembershipChange.Suspend, [Member]));
        var again = await Federation.ChangeMembersAsync(Owner, MembershipChange.Suspend, [Member]);

        Assert.Equal(FederationResult.Done, again.Result);
        Assert.Equal([round], again.SealingRounds);
    }

    [Fact]
    public async Task Suspend_WhenAnotherActivationCountedMore_StartsAgainWithoutIt()
    {
        var (run, round) = await StartRunAsync(1);
        await SubmitAsync(round, Device(Owner, "ward-1"), 2);

        // One of the member's, and not so many that the round would be sealed.
        var theirs = (await Grains.GetRound(round).GetAsync())!.Plan.IndexOf(Device(Member, "ward-1"));
        await ChangeBehindAsync<RoundState>(
            "round", Grains.GetRound(round).GetGrainId(), state => state with { Counted = [state.Counted[0] | (1UL << theirs)], Updates = 2 });

        await Assert.ThrowsAnyAsync<Exception>(() => Federation.ChangeMembersAsync(Owner, MembershipChange.Suspend, [Member]));
        Assert.Empty((await Federation.ChangeMembersAsync(Owner, MembershipChange.Suspend, [Member])).SealingRounds);

        Assert.Equal(RoundPhase.Abandoned, (await Grains.GetRound(round).GetOutcomeAsync())!.Phase);
        await EndAsync(run);
        Assert.All(await ResultAsync(1), value => Assert.Equal(2, value, 3));
        Assert.Equal(RunPhase.Completed, (await Grains.GetTrainingRun(run).GetStatusAsync(Owner))!.Phase);
    }

    [Fact]
    public async Task Suspend_OfWhichACrashKeptTheRunsFromHearing_IsToldAfterTheRestart()
    {
        var (_, round) = await StartRunAsync(1);
        await SubmitAsync(round, Device(Member, "ward-1"), 100);
        await ChangeBehindAsync<FederationState>(
            "federation", Federation.GetGrainId(), state => state.Change(MembershipChange.Suspend, [Member]).Next);
        await _cluster.DisposeAsync();
        await StartAsync();

        // Nobody asks the federation anything.
        while (await Grains.GetRound(round).GetOutcomeAsync() is null)
        {
            await Task.Delay(50, Cancellation);
        }

        Assert.True((await Grains.GetRound(round).GetOutcomeAsync())!.ForExclusion);
        Assert.Equal(SubmitUpdateResult.OrganizationSuspended, await AnswerAsync(round));
    }

    private static IEnumerable<(string Id, float Value)> All() =>
        [(Device(Owner, "ward-1"), 2), (Device(Member, "ward-1"), 100), (Device(Owner, "ward-2"), 2), (Device(Member, "ward-2"), 100)];

    private static string Device(string organization, string identifier) => GrainKeys.DeviceId(organization, identifier);

    private async Task<(string Run, string Round)> StartRunAsync(int number)
    {
        var model = $"mdl_{number:x8}";
        var weights = await Services.GetRequiredService<IPayloadStore>().SaveWeightsAsync(
            null, (stream, token) => ModelWeights.Create(Layout).SaveAsync(stream, null, token), Cancellation);
        await Grains.GetModel(model).CreateAsync(Owner, new ModelDescription { Name = model });
        await Grains.GetModel(model).AddVersionAsync(Owner, new ModelVersion { Version = "1.0.0", Weights = weights, LayoutHash = "h", CreatedAt = Plans.Noon });
        Assert.Equal(FederationResult.Done, await Federation.ShareModelAsync(Owner, model));

        foreach (var (id, _) in All())
        {
            await Grains.GetDevice(id).SeenAsync(await OrganizationAsync(id), connectedTo: null, reported: null);
        }

        var run = $"run_{number:x16}";
        var order = new RunOrder { ModelId = model, Rounds = 1, Strategy = "fedavg", Training = new LocalTraining(), MinDevices = 2, MinUpdates = 2 };
        Assert.Equal(StartRunDecision.Started, (await Grains.GetTrainingRun(run).StartAsync(Owner, order)).Decision);

        while (true)
        {
            if (await Grains.GetTrainingRun(run).GetOpenRoundAsync() is { } round && await Grains.GetRound(round).GetAsync() is { } open)
            {
                Assert.Equal(4, open.Plan.Devices.Length);
                return (run, round);
            }

            await Task.Delay(10, Cancellation);
        }
    }

    private static Task<string> OrganizationAsync(string device) =>
        Task.FromResult(device == Device(Owner, "ward-1") || device == Device(Owner, "ward-2") ? Owner : Member);

    private async Task<SubmitUpdateResult> SubmitAsync(string round, string device, float value)
    {
        if (await Services.GetRequiredService<IRoundFolds>().FindAsync(round, Cancellation) is not { } fold)
        {
            return SubmitUpdateResult.RoundNotOpen;
        }

        var admitted = await fold.AdmitAsync(device, Cancellation);

        if (admitted is not SubmitUpdateResult.None)
        {
            return admitted;
        }

        var buffer = (await fold.RentBufferAsync(device, Cancellation))!;
        buffer.Values.Span.Fill(value);
        return await fold.SubmitAsync(device, buffer, new UpdateSummary { FullWeights = false, SampleCount = 1 }, Cancellation);
    }

    private Task<SubmitUpdateResult> AnswerAsync(string round) => Grains.GetRound(round).GetAnswerAsync(Device(Member, "ward-1"), round);

    private async Task<bool> IsOverAsync(string run) =>
        (await Grains.GetTrainingRun(run).GetStatusAsync(Owner))!.Phase is RunPhase.Completed;

    // The owner's devices take part in whatever is open until the run is complete.
    private async Task EndAsync(string run)
    {
        while (!await IsOverAsync(run))
        {
            if (await Grains.GetTrainingRun(run).GetOpenRoundAsync() is { } round)
            {
                await SubmitAsync(round, Device(Owner, "ward-1"), 2);
                await SubmitAsync(round, Device(Owner, "ward-2"), 2);
            }

            await Task.Delay(10, Cancellation);
        }
    }

    private async Task<float[]> ResultAsync(int number)
    {
        var model = await Grains.GetModel($"mdl_{number:x8}").GetAsync(Owner);
        await using var stream = await Services.GetRequiredService<IPayloadStore>().OpenWeightsAsync(model!.Versions[^1].Weights, Cancellation);
        return (await ModelWeights.LoadAsync(stream, Cancellation)).Trained;
    }

    // As an activation on a silo that the others think dead would.
    private async Task ChangeBehindAsync<TState>(string name, GrainId grain, Func<TState, TState> change)
        where TState : class, new()
    {
        var storage = Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains);
        var row = new GrainState<TState>(new TState());
        await storage.ReadStateAsync(name, grain, row);
        Assert.True(row.RecordExists);
        row.State = change(row.State!);
        await storage.WriteStateAsync(name, grain, row);
    }

    private async Task StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(
        [
            new($"{StorageOptions.Section}:DataFolder", _root), new("Octomil:Rounds:LookForDevices", "00:00:00.050"),

            // The organizations share their sums, so that a round has to start again without what cannot be taken out of them.
            new("Octomil:Rounds:MostBuckets", "1"),
        ]));
        builder.ConfigureSilo((_, silo) => silo.AddOctomilStorage().AddOctomilGrains());
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
    }
}
