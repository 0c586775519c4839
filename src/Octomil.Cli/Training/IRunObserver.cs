namespace Octomil.Training;

/// <summary>What a <see cref="RunFeed"/> tells: every status it learns, also one that says nothing new, and when it lost the service.</summary>
internal interface IRunObserver
{
    void Learned(WatchedStatus status);

    void Lost(string why);
}
