namespace Octomil.Storage;

/// <summary>What the stored states of grains name, whatever their types are.</summary>
public interface IStoredReferences
{
    /// <summary>
    /// The SHA-256 of all weights that a row names. Rather too many than too few: whatever looks like one in a row is one.
    /// </summary>
    /// <param name="exceptStates">States whose rows also remember what is over; their grains have to be asked instead.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StorageUnavailableException">Not all rows could be read.</exception>
    Task<IReadOnlySet<string>> FindWeightsAsync(IReadOnlyCollection<string> exceptStates, CancellationToken cancellationToken);
}
