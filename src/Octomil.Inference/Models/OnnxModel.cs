using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using Octomil.Inference.Inputs;
using Octomil.Learning.Architectures.Onnx;

namespace Octomil.Inference.Models;

/// <summary>
/// An exported model in memory. Input <c>input</c>: float32 [N, columns] unscaled, or [N, C, H, W] bytes / 255; outputs
/// <c>probabilities</c> [N, classes] or, for regression, <c>logits</c> [N, 1] (ARCHITECTURES, section ONNX). Any number of threads may
/// predict at once.
/// </summary>
internal sealed class OnnxModel : IDisposable
{
    private static readonly string[] InputNames = [OnnxNames.Input];

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string[] _outputNames;
    private readonly long[] _rowShape;

    private OnnxModel(InferenceSession session, ModelDescription description, string modelId)
    {
        (_session, Description, ModelId) = (session, description, modelId);
        _outputNames = [description.IsRegression ? OnnxNames.Logits : OnnxNames.Probabilities];
        _rowShape = description.Architecture.Image is { } image
            ? [image.Channels, image.Height, image.Width]
            : [description.Architecture.ColumnCount];
    }

    public ModelDescription Description { get; }

    /// <summary>The model's id, or its name where a file was served without the service: what telemetry counts under.</summary>
    public string ModelId { get; }

    /// <summary>Numbers in one row of the output.</summary>
    private int OutputWidth => Description.IsRegression ? 1 : Description.Architecture.Classes.Length;

    /// <summary>Loads a file and tries it once, so that a model that does not run is never put in place of one that does.</summary>
    /// <param name="path">The exported file.</param>
    /// <param name="modelId">Null: the name that the file gives.</param>
    /// <exception cref="ModelFileException">The file is damaged, or not a model of this service.</exception>
    public static OnnxModel Open(string path, string? modelId)
    {
        InferenceSession? session = null;
        try
        {
            using var options = Options();
            session = new InferenceSession(path, options);
            var description = OnnxMetadata.Read(session, path);
            var model = new OnnxModel(session, description, modelId ?? description.Model);
            model.Try();
            return model;
        }
        catch (OnnxRuntimeException exception)
        {
            session?.Dispose();
            throw new ModelFileException($"{path} is not an ONNX model that can be run: {exception.Message}", exception);
        }
        catch (ModelFileException)
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Predicts every row of the batch.</summary>
    public Prediction[] Predict(InputBatch batch)
    {
        var width = OutputWidth;
        var output = ArrayPool<float>.Shared.Rent(batch.Count * width);
        try
        {
            var values = output.AsMemory(0, batch.Count * width);
            Run(batch, values);
            return ToPredictions(values.Span, batch.Count, width);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(output);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    // One thread a request: many requests share the cores better than one request does, and a thread pool that spins starves them.
    private static SessionOptions Options() => new()
    {
        IntraOpNumThreads = 1,
        InterOpNumThreads = 1,
        ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
    };

    private void Run(InputBatch batch, Memory<float> output)
    {
        long[] inputShape = [batch.Count, .. _rowShape];
        long[] outputShape = [batch.Count, OutputWidth];
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, batch.Values, inputShape);
        using var result = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, output, outputShape);
        _session.Run(_run, InputNames, [input], _outputNames, [result]);
    }

    private Prediction[] ToPredictions(ReadOnlySpan<float> values, int rows, int width)
    {
        var predictions = new Prediction[rows];
        for (var row = 0; row < rows; row++)
        {
            var part = values.Slice(row * width, width);
            predictions[row] = Description.IsRegression ? new Prediction { Value = part[0] } : new Prediction { Probabilities = part.ToArray() };
        }

        return predictions;
    }

    private void Try()
    {
        using var batch = new InputBatch(Description.Architecture.ColumnCount);
        batch.Add().Clear();
        Predict(batch);
    }
}
