using Octomil.Client.Tables;

namespace Octomil.Client.Training.Images;

/// <summary>The two idx files of a set of images: the images and their labels.</summary>
internal sealed record IdxPair(string Images, string Labels)
{
    /// <summary>The pair that a path means: the images' file, or a folder with one pair (of several, the one for training).</summary>
    /// <returns>Null for a folder without idx files.</returns>
    /// <exception cref="DataException">The labels are missing, or the folder holds several pairs.</exception>
    public static IdxPair? Find(string path)
    {
        if (File.Exists(path))
        {
            return Of(path);
        }

        string[] candidates = [.. Directory.EnumerateFiles(path).Where(IsImages).Order(StringComparer.Ordinal)];
        string[] training = [.. candidates.Where(file => Path.GetFileName(file).StartsWith("train", StringComparison.OrdinalIgnoreCase))];
        return (candidates.Length, training.Length) switch
        {
            (0, _) => null,
            (1, _) => Of(candidates[0]),
            (_, 1) => Of(training[0]),
            _ => throw new DataException(
                $"{path} holds several sets of images ({string.Join(", ", candidates.Select(Path.GetFileName))}). Name the file to use."),
        };
    }

    private static bool IsImages(string file)
    {
        var name = Path.GetFileName(file);
        return name.Contains("images", StringComparison.OrdinalIgnoreCase) && name.Contains("idx3", StringComparison.OrdinalIgnoreCase);
    }

    private static IdxPair Of(string images)
    {
        var name = Path.GetFileName(images);
        if (!IsImages(images))
        {
            throw new DataException($"{name} is not named like images in idx format: a file such as train-images-idx3-ubyte beside train-labels-idx1-ubyte was expected.");
        }

        var labels = Path.Combine(
            Path.GetDirectoryName(images)!,
            name.Replace("images", "labels", StringComparison.OrdinalIgnoreCase).Replace("idx3", "idx1", StringComparison.OrdinalIgnoreCase));
        var without = labels.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? labels[..^3] : labels + ".gz";
        return File.Exists(labels) ? new IdxPair(images, labels)
            : File.Exists(without) ? new IdxPair(images, without)
            : throw new DataException($"The labels of {name} are missing: {Path.GetFileName(labels)} was expected beside it.");
    }
}
