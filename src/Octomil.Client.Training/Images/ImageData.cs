using System.Numerics.Tensors;
using Octomil.Client.Tables;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Architectures;

namespace Octomil.Client.Training.Images;

/// <summary>Images in the order channel, row, column; kept as bytes, handed out as bytes / 255.</summary>
public sealed class ImageData : LocalDataset
{
    private readonly ImageShape _shape;
    private readonly PixelBuffer _pixels;
    private readonly float[] _targets;

    private ImageData(ImageShape shape, PixelBuffer pixels, float[] targets) => (_shape, _pixels, _targets) = (shape, pixels, targets);

    /// <inheritdoc/>
    public override int Rows => _targets.Length;

    /// <inheritdoc/>
    public override int InputLength => _shape.Length;

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Targets => _targets;

    /// <summary>
    /// Reads idx files (a folder with <c>*images*idx3*</c> and <c>*labels*idx1*</c>, or the path of the images; label n is class n), or
    /// a folder with one folder of pictures (PNG, JPEG, BMP) a class.
    /// </summary>
    /// <exception cref="DataException">The images do not fit the architecture; the message names the file.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static ImageData Load(string path, Architecture architecture, CancellationToken cancellationToken = default)
    {
        var shape = CatalogArchitecture.ShapeOf(architecture);
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new DataException($"There is no file or folder {path}.");
        }

        return IdxPair.Find(path) is { } pair
            ? FromIdx(pair, shape, CatalogArchitecture.ClassesOf(architecture))
            : FromFolders(path, shape, CatalogArchitecture.ClassesOf(architecture), cancellationToken);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, FeatureStatistics> ComputeStatistics() => PixelStatistics.Of(_pixels, _shape);

    internal override void CopyInput(int row, Span<float> destination)
    {
        var bytes = _pixels[row];
        TensorPrimitives.ConvertChecked<byte, float>(bytes, destination);
        TensorPrimitives.Divide(destination[..bytes.Length], 255f, destination);
    }

    private static ImageData FromIdx(IdxPair pair, ImageShape shape, IReadOnlyList<string>? classes)
    {
        var (images, labels) = (IdxFile.Read(pair.Images, 3), IdxFile.Read(pair.Labels, 1));
        var (name, rows) = (Path.GetFileName(pair.Images), images.Sizes[0]);
        if (shape.Channels != 1 || images.Sizes[1] != shape.Height || images.Sizes[2] != shape.Width)
        {
            throw new DataException($"{name} holds images of 1 x {images.Sizes[1]} x {images.Sizes[2]} where the model's are {shape}.");
        }

        if (labels.Sizes[0] != rows || rows == 0)
        {
            throw new DataException($"{name} holds {rows} images and {Path.GetFileName(pair.Labels)} {labels.Sizes[0]} labels; as many of both, and at least one, were expected.");
        }

        var (pixels, targets) = (new PixelBuffer(shape), new float[rows]);
        for (var i = 0; i < rows; i++)
        {
            images.Bytes.AsSpan(i * shape.Length, shape.Length).CopyTo(pixels.Add());
            targets[i] = classes is null || labels.Bytes[i] < classes.Count
                ? labels.Bytes[i]
                : throw new DataException($"Label {labels.Bytes[i]} of image {i + 1} in {Path.GetFileName(pair.Labels)} is none of the model's classes, 0 to {classes.Count - 1}.");
        }

        return new ImageData(shape, pixels, targets);
    }

    private static ImageData FromFolders(string path, ImageShape shape, IReadOnlyList<string>? classes, CancellationToken cancellationToken)
    {
        var expected = $"Folders named {string.Join(", ", classes ?? [])} with pictures in them were expected, or idx files.";
        var folders = Directory.GetDirectories(path).Order(StringComparer.Ordinal).Where(folder => Directory.EnumerateFiles(folder).Any(ImageFile.IsOne));
        var (pixels, targets) = (new PixelBuffer(shape), new List<float>());
        foreach (var folder in folders)
        {
            var index = classes?.ToList().IndexOf(Path.GetFileName(folder)) ?? -1;
            if (index < 0)
            {
                throw new DataException($"The folder {folder} is named like none of the model's classes. {expected}");
            }

            foreach (var file in Directory.EnumerateFiles(folder).Where(ImageFile.IsOne).Order(StringComparer.Ordinal))
            {
                cancellationToken.ThrowIfCancellationRequested();
                ImageFile.Decode(file, shape, pixels.Add());
                targets.Add(index);
            }
        }

        return targets.Count > 0 ? new ImageData(shape, pixels, [.. targets]) : throw new DataException($"{path} holds no images. {expected}");
    }
}
