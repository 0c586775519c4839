using System.Buffers;
using System.Text;

namespace Octomil.Storage;

/// <summary>Finds names of weights in serialized states, which hold texts as UTF-8.</summary>
internal static class HashNames
{
    private const int Length = 64;

    private static readonly SearchValues<byte> _hex = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Adds every 64 lower-case hexadecimal digits in a row, also where more stand together: a byte beside a name may look like a digit.</summary>
    public static void AddTo(HashSet<string> names, ReadOnlySpan<byte> state)
    {
        while (true)
        {
            var start = state.IndexOfAny(_hex);

            if (start < 0)
            {
                return;
            }

            state = state[start..];
            var length = state.IndexOfAnyExcept(_hex);
            length = length < 0 ? state.Length : length;

            for (var at = 0; at + Length <= length; at++)
            {
                names.Add(Encoding.ASCII.GetString(state.Slice(at, Length)));
            }

            state = state[length..];
        }
    }
}
