using System.Collections.Immutable;
using System.Text.Json;

namespace Octomil.Learning.Architectures;

/// <summary>Reads and checks an architecture; see <see cref="Architecture.Parse(JsonElement)"/>.</summary>
internal static class ArchitectureParser
{
    private const long DefaultSeed = 1;

    public static Architecture Parse(JsonElement json)
    {
        if (json.ValueKind is not JsonValueKind.Object)
        {
            throw new ArchitectureException("The architecture must be a JSON object.");
        }

        var fields = new JsonFields(json, "");
        var outputType = fields.Word("output_type", ArchitectureWords.OutputTypes);
        var classes = Classes(fields, outputType);
        var kind = fields.Word("kind", ArchitectureWords.Kinds);
        var architecture = new Architecture
        {
            Kind = kind,
            OutputType = outputType,
            Classes = classes,
            OutputDim = OutputDim(fields, outputType, classes.Length),
            TargetColumn = fields.Text("target_col"),
            Hidden = fields.Numbers("hidden", ArchitectureLimits.Width, ArchitectureLimits.Layers),
            Activation = fields.Word("activation", ArchitectureWords.Activations, absent: "relu"),
            Features = FeatureParser.Parse(fields),
            Image = Image(fields),
            Convolutions = fields.Numbers("conv", ArchitectureLimits.Channels, ArchitectureLimits.Layers),
            Seed = Seed(fields),
            Scaled = Scaled(fields),
        };
        CheckInput(fields, architecture);
        CheckLayers(fields, architecture);
        return architecture;
    }

    private static ImmutableArray<string> Classes(JsonFields fields, OutputType outputType)
    {
        var classes = fields.Texts("classes", ArchitectureLimits.Classes);
        return outputType switch
        {
            OutputType.Regression when fields.Has("classes") => throw fields.Refuse("classes", "absent for regression"),
            OutputType.Binary when classes.Length != 2 => throw fields.Refuse("classes", "a list of two labels, the second of which is the positive one"),
            OutputType.Multiclass when classes.Length < 2 => throw fields.Refuse("classes", "a list of two labels or more"),
            _ when classes.Select(label => label.Trim()).Distinct(StringComparer.Ordinal).Count() < classes.Length => throw fields.Refuse("classes", "a list of different labels"),
            _ => classes,
        };
    }

    private static int OutputDim(JsonFields fields, OutputType outputType, int classes)
    {
        var expected = outputType is OutputType.Multiclass ? classes : 1;
        return fields.Number("output_dim", ArchitectureLimits.Classes, absent: expected) == expected
            ? expected
            : throw fields.Refuse("output_dim", $"{expected}: one logit for binary, one per class for multiclass, one number for regression");
    }

    private static ImageShape? Image(JsonFields fields)
    {
        if (!fields.TryGet("image", out var value))
        {
            return null;
        }

        if (value.ValueKind is not JsonValueKind.Object)
        {
            throw fields.Refuse("image", "an object of channels, height and width");
        }

        var image = new JsonFields(value, "image.");
        return new ImageShape(
            image.Number("channels", ArchitectureLimits.ImageChannels),
            image.Number("height", ArchitectureLimits.ImageSide),
            image.Number("width", ArchitectureLimits.ImageSide));
    }

    private static long Seed(JsonFields fields)
    {
        if (!fields.TryGet("seed", out var value))
        {
            return DefaultSeed;
        }

        return value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var seed) && seed >= 0
            ? seed
            : throw fields.Refuse("seed", "a whole number from 0 to 2^63 - 1");
    }

    private static bool Scaled(JsonFields fields) => fields.TryGet("scaled", out var value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw fields.Refuse("scaled", "true or false"),
    };

    private static void CheckInput(JsonFields fields, Architecture architecture)
    {
        if (architecture.Features.IsEmpty == (architecture.Image is null))
        {
            throw fields.Refuse("features", "given for tabular data, with at least one feature, or 'image' instead, not both");
        }

        if (architecture.Image is null && architecture.ColumnCount > ArchitectureLimits.Columns)
        {
            throw fields.Refuse("features", $"at most {ArchitectureLimits.Columns} columns together");
        }

        if (architecture.Features.Any(feature => feature.Name == architecture.TargetColumn))
        {
            throw fields.Refuse("features", "without the target column");
        }
    }

    private static void CheckLayers(JsonFields fields, Architecture architecture)
    {
        switch (architecture.Kind)
        {
            case ArchitectureKind.Linear when architecture.Image is not null:
                throw fields.Refuse("image", "absent for a linear model");
            case ArchitectureKind.Linear when !architecture.Hidden.IsEmpty:
                throw fields.Refuse("hidden", "absent for a linear model");
            case ArchitectureKind.Mlp when architecture.Hidden.IsEmpty:
                throw fields.Refuse("hidden", "given for an mlp, with at least one width");
            case ArchitectureKind.Cnn when architecture.Image is null:
                throw fields.Refuse("image", "given for a cnn");
            case ArchitectureKind.Cnn when architecture.Convolutions.IsEmpty || !LeavesPixels(architecture.Image!, architecture.Convolutions.Length):
                throw fields.Refuse("conv", "given for a cnn, with at least one convolution and no more than leave a pixel: each halves height and width");
            case not ArchitectureKind.Cnn when !architecture.Convolutions.IsEmpty:
                throw fields.Refuse("conv", "absent unless the kind is cnn");
        }

        if (ArchitectureTensors.CountParameters(architecture) > ArchitectureLimits.Parameters)
        {
            throw fields.Refuse("hidden", $"smaller: the model has more than {ArchitectureLimits.Parameters} parameters");
        }
    }

    private static bool LeavesPixels(ImageShape image, int convolutions) =>
        convolutions < 31 && ArchitectureTensors.PooledSize(image, convolutions) is { Height: > 0, Width: > 0 };
}
