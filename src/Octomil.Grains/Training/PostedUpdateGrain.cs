namespace Octomil.Training;

/// <summary>The row of a body; nothing of the body itself.</summary>
[GenerateSerializer, Immutable, Alias("octomil.posted-update-state")]
internal sealed record PostedUpdateState
{
    [Id(0)] public string? RoundId { get; init; }

    public PostedUpdateState Bind(string roundId, string? insteadOf) => RoundId == insteadOf ? this with { RoundId = roundId } : this;
}

internal sealed class PostedUpdateGrain(
    [PersistentState("posted-update", StorageNames.Grains)] IPersistentState<PostedUpdateState> store) : Grain, IPostedUpdateGrain
{
    public Task<string?> GetRoundAsync() => Task.FromResult(store.State.RoundId);

    public async Task<string> BindAsync(string roundId, string? insteadOf)
    {
        await store.SaveAsync(store.State.Bind(roundId, insteadOf), this);
        return store.State.RoundId!;
    }
}
