using Microsoft.Extensions.Logging;

namespace Octomil.Client.Training;

/// <summary>Training on local data in one call.</summary>
public static class FederatedClientTrainingExtensions
{
    /// <summary>
    /// Trains a model of the catalog on a table or on images of this device: waits for a run that selects the device, takes part in every
    /// round that selects it until the run ends, and returns what it did. No row of the data leaves the device.
    /// </summary>
    /// <param name="client">The device.</param>
    /// <param name="model">The model's name or id.</param>
    /// <param name="data">A CSV file, an idx file of images, or a folder of images.</param>
    /// <param name="targetColumn">The column to predict; null where it is called as the model says.</param>
    /// <param name="options">Rounds and time-out.</param>
    /// <param name="logger">Told what was noticed about the data.</param>
    /// <param name="cancellationToken">Ends it, in mid-training too.</param>
    /// <exception cref="Octomil.Client.Tables.DataException">The data cannot be used; the message says why and how to mend it.</exception>
    /// <exception cref="NoRunException">No run selected this device in time.</exception>
    /// <exception cref="PlatformNotSupportedException">libtorch cannot be loaded here.</exception>
    public static Task<TrainingSummary> TrainAsync(
        this FederatedClient client,
        string model,
        string data,
        string? targetColumn = null,
        Client.TrainingOptions? options = null,
        ILogger? logger = null,
        CancellationToken cancellationToken = default) =>
        client.TrainAsync(model, new LocalDataTrainer(data, targetColumn, logger), options, cancellationToken);
}
