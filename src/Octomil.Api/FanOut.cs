namespace Octomil;

/// <summary>Many reads at once, but never all at once.</summary>
internal static class FanOut
{
    private const int AtOnce = 32;

    /// <summary>The answers in the order of the keys; absent ones are left out.</summary>
    public static async Task<List<T>> ReadAsync<TKey, T>(IEnumerable<TKey> keys, Func<TKey, Task<T?>> readAsync)
        where T : class
    {
        var answers = new List<T>();
        foreach (var chunk in keys.Chunk(AtOnce))
        {
            answers.AddRange((await Task.WhenAll(chunk.Select(readAsync))).OfType<T>());
        }

        return answers;
    }
}
