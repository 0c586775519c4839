namespace Octomil.Learning.Strategies;

/// <summary>Checks that rules over stored updates share.</summary>
internal static class UpdateRules
{
    public static void Check(string name, int minUpdates, IReadOnlyList<double> weights)
    {
        if (weights.Count < minUpdates)
        {
            throw new StrategyException($"'{name}' needs at least {minUpdates} updates with these parameters, but the round has {weights.Count}. Raise the round's minimum of updates, or let fewer be bad.");
        }

        if (weights.Any(weight => !(weight is > 0 and < double.PositiveInfinity)))
        {
            throw new StrategyException($"'{name}' needs weights above 0.");
        }
    }
}
