namespace Octomil;

/// <summary>Names of Orleans providers.</summary>
public static class StorageNames
{
    /// <summary>The grain storage of every state.</summary>
    public const string Grains = "octomil";

    /// <summary>The stream provider of run events.</summary>
    public const string RunEvents = "run-events";

    /// <summary>The grain storage of stream subscriptions; Orleans knows it by this name.</summary>
    public const string PubSub = "PubSubStore";
}
