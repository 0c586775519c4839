using System.Security.Cryptography;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;
using Xunit;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>Weights and updates of a model with the one tensor <c>w</c>.</summary>
internal static class TestWeights
{
    public const int Parameters = 8;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static WeightsLayout Layout(int parameters = Parameters, string name = "w") =>
        WeightsLayout.Create([new TensorSpec(name, TensorType.F32, [parameters])]);

    /// <summary>A version's file, every parameter of one value.</summary>
    public static async Task<byte[]> FileAsync(float value, int parameters = Parameters, string name = "w")
    {
        using var file = new MemoryStream();
        await ModelWeights.Create(Layout(parameters, name), Values(value, parameters)).SaveAsync(file, null, Cancellation);
        return file.ToArray();
    }

    /// <summary>The same as torch.save writes it.</summary>
    public static async Task<byte[]> ArchiveAsync(float value, int parameters = Parameters, string name = "w")
    {
        using var file = new MemoryStream();
        await TorchArchiveWriter.WriteAsync(file, ModelWeights.Create(Layout(parameters, name), Values(value, parameters)), Cancellation);
        return file.ToArray();
    }

    public static float[] TrainedInArchive(byte[] file)
    {
        using var archive = TorchArchive.Open(file, 1 << 20);
        return archive.ToWeights().Trained;
    }

    /// <summary>A device's update, every parameter of one value.</summary>
    public static Task<byte[]> UpdateAsync(float value, int parameters = Parameters, long sampleCount = 1, string name = "w") =>
        UpdateAsync(value, new UpdateContent { SampleCount = sampleCount }, parameters, name);

    public static async Task<byte[]> UpdateAsync(float value, UpdateContent content, int parameters = Parameters, string name = "w")
    {
        using var file = new MemoryStream();
        await UpdateWriter.WriteAsync(file, Layout(parameters, name), Values(value, parameters), content, Cancellation);
        return file.ToArray();
    }

    /// <summary>An update of a strategy that takes controls as well.</summary>
    public static async Task<byte[]> ControlledAsync(float difference, float control)
    {
        using var file = new MemoryStream();
        float[] values = [.. Values(difference, Parameters), .. Values(control, Parameters)];
        await UpdateWriter.WriteAsync(file, Layout().WithControls(), values, new UpdateContent { SampleCount = 1, Steps = 1 }, Cancellation);
        return file.ToArray();
    }

    /// <summary>An update that changes nothing in the file that was downloaded.</summary>
    public static async Task<byte[]> UnchangedAsync(byte[] downloaded)
    {
        var model = ModelWeights.Load(downloaded);
        using var file = new MemoryStream();
        await UpdateWriter.WriteAsync(file, model, new float[model.Layout.ParameterCount], new UpdateContent { SampleCount = 1 }, Cancellation);
        return file.ToArray();
    }

    public static float[] Trained(byte[] file) => ModelWeights.Load(file).Trained;

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static float[] Values(float value, int parameters)
    {
        var values = new float[parameters];
        Array.Fill(values, value);
        return values;
    }
}
