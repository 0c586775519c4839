namespace Octomil.Learning.Privacy;

/// <summary>What a ledger may spend: (epsilon, delta) over all its releases together, and where wanted a number of releases.</summary>
public sealed record PrivacyLimit
{
    /// <summary>From 0; converted once, at <see cref="Delta"/>, to what the ledger adds up.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Above 0 and below 1; fixed as long as the ledger's epoch lasts.</summary>
    public required double Delta { get; init; }

    /// <summary>Most releases that may hold data of the ledger's owner, or null where only the budget counts.</summary>
    public int? MaxParticipations { get; init; }

    /// <summary>The budget in the ledger's unit: the largest total mu^2 that keeps to epsilon and delta.</summary>
    public double MuSquared => GaussianPrivacy.Mu(Epsilon, Delta) is var mu ? mu * mu : 0;

    /// <summary>Checks the numbers.</summary>
    /// <param name="devices">How many devices the limit is for, or 0 where that is not known: delta must stay below one in that many.</param>
    /// <exception cref="PrivacyException">A number is outside its range.</exception>
    public void Check(long devices = 0)
    {
        if (!(Epsilon is >= 0 and < double.PositiveInfinity))
        {
            throw new PrivacyException($"The privacy budget is {Epsilon}, but must be a number from 0; from 1 to 8 is usual.");
        }

        if (!(Delta is > 0 and < 1) || (devices > 0 && Delta >= 1.0 / devices))
        {
            var usual = devices > 0 ? $"at most {0.1 / devices:0.#e0}, a tenth of one in {devices} devices" : "1e-5";
            throw new PrivacyException($"Delta is {Delta}, but must be above 0 and below 1 / devices. Use {usual}.");
        }

        if (MaxParticipations < 1)
        {
            throw new PrivacyException($"A device may take part in {MaxParticipations} releases, but the number must be at least 1, or left out.");
        }
    }
}
