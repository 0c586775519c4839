using Octomil.Client.Versions;
using Octomil.Inference.Inputs;
using Octomil.Inference.Models;

namespace Octomil.Inference.Serving;

/// <summary>One question: the model of the moment, its input, its predictions, and what is counted of it.</summary>
internal sealed class Predictor(ModelSlot slot, InferenceTelemetry telemetry, TimeProvider clock)
{
    /// <summary>Predicts everything that was read; nothing at all where nothing was.</summary>
    /// <param name="model">The name that the request gives; null: whatever is served.</param>
    /// <param name="read">Reads the request's inputs.</param>
    /// <param name="answer">Makes the answer.</param>
    /// <exception cref="InferenceException">The request is wrong, or there is no model yet.</exception>
    public (ModelDescription Model, TAnswer Answer) Answer<TAnswer>(
        string? model, Action<InputReader> read, Func<ModelDescription, IReadOnlyList<Prediction>, InputNotes, TAnswer> answer)
    {
        using var lease = slot.Acquire();
        var description = lease.Model.Description;
        CheckName(model, description);
        using var batch = new InputBatch(description.Architecture.ColumnCount);
        var reader = new InputReader(description, batch);
        read(reader);
        return (description, answer(description, Predict(lease.Model, batch), reader.Notes));
    }

    private static void CheckName(string? model, ModelDescription description)
    {
        if (model is not null && model != description.Model && model != $"{description.Model}@{description.Version}")
        {
            throw new InferenceException(404, "model_not_found", $"There is no model '{Shown(model)}' here; {description.Model} is served.", "model");
        }
    }

    // What the caller did wrong is not the version's fault; only what the model itself runs into counts as its error.
    private Prediction[] Predict(OnnxModel model, InputBatch batch)
    {
        if (batch.Count == 0)
        {
            return [];
        }

        var start = clock.GetTimestamp();
        try
        {
            var predictions = model.Predict(batch);
            Count(model, start, InferenceOutcome.Answered);
            return predictions;
        }
        catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException)
        {
            Count(model, start, InferenceOutcome.Error);
            throw;
        }
    }

    private void Count(OnnxModel model, long start, InferenceOutcome outcome) =>
        telemetry.Record(model.ModelId, model.Description.Version, clock.GetElapsedTime(start), outcome);

    private static string Shown(string text) => text.Length <= 64 ? text : string.Concat(text.AsSpan(0, 64), "...");
}
