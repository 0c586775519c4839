namespace Octomil.Training;

/// <summary>The phases of a round on the wire.</summary>
internal static class RoundPhases
{
    public static string NameOf(RoundPhase phase) => phase switch
    {
        RoundPhase.Open => "open",
        RoundPhase.Sealing => "sealing",
        RoundPhase.Sealed => "sealed",
        RoundPhase.Published => "published",
        RoundPhase.Abandoned => "abandoned",
        _ => throw new InvalidOperationException($"No wire name for {phase}."),
    };
}
