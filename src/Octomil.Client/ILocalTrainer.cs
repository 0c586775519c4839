using Octomil.Training;

namespace Octomil.Client;

/// <summary>
/// Trains and evaluates on one data source of this device. The SDK calls one method at a time, and every method for any
/// model the device takes part with. An exception other than <see cref="OperationCanceledException"/> fails the round on this device
/// and is shown to the user, so its message says what is wrong with the data and how to mend it, and holds no value of the data.
/// </summary>
public interface ILocalTrainer
{
    /// <summary>Counts, means and sums of squared differences of the input features; no single row can be read from them.</summary>
    /// <exception cref="OperationCanceledException">The round closed, its deadline passed, or the device stops.</exception>
    Task<StatisticsReport> ComputeStatisticsAsync(LocalTask task, CancellationToken cancellationToken);

    /// <summary>Loss and accuracy of <see cref="LocalTask.Base"/> on the hold-out.</summary>
    /// <exception cref="OperationCanceledException">The round closed, its deadline passed, or the device stops.</exception>
    Task<EvaluationReport> EvaluateAsync(LocalTask task, CancellationToken cancellationToken);

    /// <summary>
    /// Evaluates the base on the hold-out, trains from it, and returns the difference. The same task gives the same result.
    /// </summary>
    /// <param name="task">What to train; its base stays unchanged.</param>
    /// <param name="progress">Told the finished fraction of the work, in [0, 1].</param>
    /// <param name="cancellationToken">Asked often enough that training ends within about a second.</param>
    /// <exception cref="OperationCanceledException">The round closed, its deadline passed, or the device stops.</exception>
    Task<LocalResult> TrainAsync(LocalTask task, IProgress<double>? progress, CancellationToken cancellationToken);
}
