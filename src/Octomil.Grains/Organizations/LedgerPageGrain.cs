using System.Collections.Immutable;

namespace Octomil.Organizations;

/// <summary>Closed attempts of an organization's ledger that its own row does not hold any more (key: <c>org_.../page</c>).</summary>
[Alias("octomil.ledger-page")]
internal interface ILedgerPageGrain : IGrainWithStringKey
{
    /// <summary>Before the organization's row lets go of them; again replaces them, for until then nobody refers to the page.</summary>
    [Alias("write")]
    Task WriteAsync(ImmutableArray<PrivacyLine> lines);

    [Alias("read")]
    Task<ImmutableArray<PrivacyLine>> ReadAsync();
}

/// <summary>A page's row.</summary>
[GenerateSerializer, Immutable, Alias("octomil.ledger-page-state")]
internal sealed record LedgerPageState
{
    [Id(0)] public ImmutableArray<PrivacyLine> Lines { get; init; } = [];
}

internal sealed class LedgerPageGrain(
    [PersistentState("ledger-page", StorageNames.Grains)] IPersistentState<LedgerPageState> store) : Grain, ILedgerPageGrain
{
    public Task WriteAsync(ImmutableArray<PrivacyLine> lines) => store.SaveAsync(new LedgerPageState { Lines = lines }, this);

    public Task<ImmutableArray<PrivacyLine>> ReadAsync() => Task.FromResult(store.State.Lines);
}
