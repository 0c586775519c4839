using Orleans.Concurrency;

namespace Octomil.Training;

/// <summary>
/// One body that a device posted for a model, for ever the same update (key: device, model and SHA-256 of the body). It belongs to the
/// round that it was first put into; only where that round ended without counting it may it go into another.
/// </summary>
[Alias("octomil.posted-update")]
public interface IPostedUpdateGrain : IGrainWithStringKey
{
    /// <summary>The round it belongs to; null where it was never put into one.</summary>
    [Alias("round"), AlwaysInterleave]
    Task<string?> GetRoundAsync();

    /// <summary>Puts it into a round, before its values are. Returns the round that it belongs to from now on: the given one, or another that came first.</summary>
    /// <param name="roundId">The round.</param>
    /// <param name="insteadOf">The round that it belonged to, which is over and did not count it; null at first.</param>
    [Alias("bind")]
    Task<string> BindAsync(string roundId, string? insteadOf);
}
