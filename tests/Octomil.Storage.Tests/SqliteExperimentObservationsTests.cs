using Octomil.Experiments;

namespace Octomil.Storage;

public sealed class SqliteExperimentObservationsTests : ExperimentObservationsTests, IDisposable
{
    private readonly TestStorage _storage = new();

    private protected override IExperimentObservations Observations => _storage.Observations;

    public void Dispose() => _storage.Dispose();
}
