using System.Text.Json;
using Octomil.Client.Versions;
using Octomil.Learning.Architectures;
using Octomil.Learning.Architectures.Onnx;
using Octomil.Learning.Weights;

namespace Octomil.Inference.Following;

/// <summary>The runnable form of a version on this device: made once from the verified weights, beside them.</summary>
internal static class OnnxFile
{
    /// <summary>Where it stands; the version folder deletes it together with the weights.</summary>
    public static string PathOf(StoredVersion version) => Path.ChangeExtension(version.File, ".onnx");

    /// <summary>Makes the file where it is not there yet. Whoever reads sees all of it or nothing.</summary>
    /// <exception cref="ArchitectureException">The architecture cannot be used.</exception>
    /// <exception cref="InvalidDataException">The weights are not those of the architecture.</exception>
    public static async Task<string> MakeAsync(StoredVersion version, JsonElement architectureJson, CancellationToken cancellationToken)
    {
        var path = PathOf(version);
        if (File.Exists(path))
        {
            return path;
        }

        var architecture = Architecture.Parse(architectureJson);
        await using var weights = File.OpenRead(version.File);
        var model = await ModelWeights.LoadAsync(weights, cancellationToken);
        if (!model.Layout.Equals(architecture.Layout()))
        {
            throw new InvalidDataException($"The weights of {version.Version} are not those of its architecture.");
        }

        var temporary = path + ".new";
        await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await OnnxExport.WriteAsync(file, architecture, model, (version.Model ?? version.ModelId, version.Version), cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return path;
    }
}
