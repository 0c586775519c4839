namespace Octomil.Training;

/// <summary>What a watched run is shown on.</summary>
internal interface IRunView
{
    /// <summary>Shows the run until it ends, and returns its last status.</summary>
    Task<TrainingStatusResponse> ShowAsync(RunFeed feed, CancellationToken cancellationToken);
}
