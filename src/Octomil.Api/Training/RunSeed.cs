using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Octomil.Models;

namespace Octomil.Training;

/// <summary>The seed of a run whose caller gives none.</summary>
internal static class RunSeed
{
    /// <summary>
    /// 63 bits of SHA-256(owner, model, latest version, runs before this one). Not drawn: a repeated order must be equal to the first,
    /// which is why the run in progress is not among those before it; a later run still has another seed.
    /// </summary>
    public static long Of(ModelSnapshot model)
    {
        var before = model.Runs.Count(run => run != model.ActiveRun).ToString(CultureInfo.InvariantCulture);
        var latest = model.Latest?.Version ?? "";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{model.OwnerId}\n{model.Id}\n{latest}\n{before}"));
        return BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue;
    }
}
