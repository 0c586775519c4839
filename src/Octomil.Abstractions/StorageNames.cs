namespace Octomil;

/// <summary>Names of Orleans providers.</summary>
public static class StorageNames
{
    /// <summary>The grain storage of every state.</summary>
    public const string Grains = "octomil";

    /// <summary>The stream provider of run events.</summary>
    public const string RunEvents = "run-events";
}
