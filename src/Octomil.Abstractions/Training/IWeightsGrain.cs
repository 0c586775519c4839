namespace Octomil.Training;

/// <summary>
/// The weights of one content (key: their SHA-256). Whoever makes a row refer to kept weights renews them first, and collecting them
/// takes its turn in the same place: so weights that are about to be referred to are not collected in between, on whatever silo.
/// </summary>
[Alias("octomil.weights")]
public interface IWeightsGrain : IGrainWithStringKey
{
    /// <summary>From now on they are not collected for as long as fresh weights are not. False: they are gone and have to be stored again.</summary>
    [Alias("renew")]
    Task<bool> RenewAsync(WeightsRef weights);

    /// <summary>Deletes them if they were not stored or renewed since <paramref name="storedBefore"/>.</summary>
    [Alias("collect")]
    Task<bool> CollectAsync(WeightsRef weights, DateTimeOffset storedBefore);
}
