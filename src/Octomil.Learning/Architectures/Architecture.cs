using System.Collections.Immutable;
using System.Text.Json;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Architectures;

/// <summary>
/// How a model of the catalog is built (ARCHITECTURES): with it the server initializes weights, devices train without code of their
/// own, and versions are exported. Always valid; equal when the canonical JSON is.
/// </summary>
public sealed record Architecture
{
    private readonly Lazy<string> _json;

    internal Architecture() => _json = new Lazy<string>(() => ArchitectureWriter.Write(this));

    private Architecture(Architecture original)
    {
        (Kind, OutputType, OutputDim, TargetColumn, Classes) = (original.Kind, original.OutputType, original.OutputDim, original.TargetColumn, original.Classes);
        (Hidden, Activation, Features, Image, Convolutions) = (original.Hidden, original.Activation, original.Features, original.Image, original.Convolutions);
        (Seed, Scaled) = (original.Seed, original.Scaled);
        _json = new Lazy<string>(() => ArchitectureWriter.Write(this));
    }

    /// <summary>The family.</summary>
    public ArchitectureKind Kind { get; internal init; }

    /// <summary>What the model predicts.</summary>
    public OutputType OutputType { get; internal init; }

    /// <summary>Numbers in the model's output: binary 1 logit, multiclass one per class, regression 1.</summary>
    public int OutputDim { get; internal init; }

    /// <summary>The column of the data that is predicted; <c>target_col</c> on the wire.</summary>
    public string TargetColumn { get; internal init; } = "";

    /// <summary>The labels in the order of their index; empty for regression.</summary>
    public ImmutableArray<string> Classes { get; internal init; } = [];

    /// <summary>Widths of the hidden dense layers.</summary>
    public ImmutableArray<int> Hidden { get; internal init; } = [];

    /// <summary>The activation after every layer but the last.</summary>
    public Activation Activation { get; internal init; } = Activation.Relu;

    /// <summary>The features of tabular data, in the order of their columns; empty for images.</summary>
    public ImmutableArray<ArchitectureFeature> Features { get; internal init; } = [];

    /// <summary>The size of the images; null for tabular data.</summary>
    public ImageShape? Image { get; internal init; }

    /// <summary>Channels after each convolution of a cnn; <c>conv</c> on the wire.</summary>
    public ImmutableArray<int> Convolutions { get; internal init; } = [];

    /// <summary>Seed of the initial weights, 0 to 2^63 - 1.</summary>
    public long Seed { get; internal init; }

    /// <summary>True once <c>input.mean</c> and <c>input.std</c> describe the data; also settable by whoever sets those.</summary>
    public bool Scaled { get; init; }

    /// <summary>Numbers in one input row: the columns of all features, or every channel of every pixel.</summary>
    public int ColumnCount => Image is null ? Features.Sum(feature => feature.ColumnCount) : Image.Channels * Image.Height * Image.Width;

    /// <summary>Elements of <c>input.mean</c> and <c>input.std</c>: one per column, for images one per channel.</summary>
    public int ScaleCount => Image?.Channels ?? ColumnCount;

    /// <summary>The columns of tabular data; empty for images.</summary>
    public ImmutableArray<InputColumn> Columns =>
    [
        .. Features.SelectMany((feature, index) => feature.Type is FeatureType.Category
            ? feature.Categories.Select((category, position) => new InputColumn($"{feature.Name}={category}", index, position))
            : [new InputColumn(feature.Name, index, null)]),
    ];

    /// <summary>Reads and checks the JSON of an architecture; fields that are not known are left out.</summary>
    /// <exception cref="ArchitectureException">It cannot be used; the message names the field.</exception>
    public static Architecture Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            return Parse(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new ArchitectureException("The architecture is not JSON.", exception);
        }
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static Architecture Parse(JsonElement json)
    {
        try
        {
            return ArchitectureParser.Parse(json);
        }
        catch (InvalidOperationException exception)
        {
            // Thrown by the JSON reader for half of a surrogate pair.
            throw new ArchitectureException("The architecture has a text that is not valid Unicode.", exception);
        }
    }

    /// <summary>The canonical JSON: snake_case, compact, always the same for the same architecture.</summary>
    public string ToJson() => _json.Value;

    /// <summary>The tensors in the order of ARCHITECTURES, the <c>input.</c> buffers first.</summary>
    public WeightsLayout Layout() => ArchitectureTensors.Layout(this);

    /// <summary>
    /// Initial weights: uniform in +-1/sqrt(fan_in), drawn in the order of the tensors from xoshiro256** under <see cref="Seed"/>;
    /// <c>input.mean</c> is 0 and <c>input.std</c> 1.
    /// </summary>
    public ModelWeights Initialize() => ArchitectureTensors.Initialize(this);

    /// <inheritdoc/>
    public bool Equals(Architecture? other) => other is not null && (ReferenceEquals(this, other) || ToJson() == other.ToJson());

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToJson());
}
