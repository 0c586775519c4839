using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Octomil.Learning.Weights;

namespace Octomil.Models;

/// <summary>What the versions of one model have in common.</summary>
internal static class LayoutHash
{
    /// <summary>SHA-256, in hex, of every tensor's name, type and shape in the model's order.</summary>
    public static string Of(WeightsLayout layout)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in layout.Tensors)
        {
            // Names have no control characters, so the separators cannot be forged.
            var shape = string.Join(',', tensor.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name}\t{tensor.Type.WireName()}\t{shape}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
