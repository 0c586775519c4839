using Microsoft.Extensions.Logging;

namespace Octomil.Client.Training;

/// <summary>Opens tables (CSV) and images.</summary>
/// <param name="logger">Told what was noticed about the data.</param>
/// <param name="threads">Threads of libtorch.</param>
public sealed class LocalDataTrainerFactory(ILogger<LocalDataTrainer>? logger = null, int threads = 1) : ILocalTrainerFactory
{
    /// <inheritdoc/>
    public ILocalTrainer Create(string data, string? targetColumn) => new LocalDataTrainer(data, targetColumn, logger, threads);
}
