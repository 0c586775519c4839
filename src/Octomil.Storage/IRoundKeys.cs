namespace Octomil.Storage;

/// <summary>Keys of rounds: random, and wrapped by a rotated key that is not in the database.</summary>
public interface IRoundKeys
{
    /// <summary>Length of a round's key.</summary>
    const int KeyBytes = 32;

    /// <summary>A fresh random key.</summary>
    byte[] Create();

    /// <summary>The key as it may be stored in the round's row. Bound to the round: under another round's id it does not open.</summary>
    byte[] Wrap(string roundId, ReadOnlySpan<byte> key);

    /// <summary>The key in clear.</summary>
    /// <exception cref="RoundKeyException">It was wrapped for another round, was changed, or the wrapping key is gone.</exception>
    byte[] Unwrap(string roundId, ReadOnlySpan<byte> wrapped);
}
