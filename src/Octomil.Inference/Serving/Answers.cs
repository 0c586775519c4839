using System.Globalization;
using System.Text;
using System.Text.Json;
using Octomil.Inference.Inputs;
using Octomil.Inference.Models;

namespace Octomil.Inference.Serving;

/// <summary>Predictions in words and in JSON.</summary>
internal static class Answers
{
    public static string Text(ModelDescription model, IReadOnlyList<Prediction> predictions, InputNotes notes)
    {
        var text = new StringBuilder();
        if (predictions.Count == 1)
        {
            Single(text, model, predictions[0]);
        }
        else
        {
            for (var row = 0; row < predictions.Count; row++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{row + 1}. ");
                Short(text, model, predictions[row]);
                text.Append(row + 1 < predictions.Count ? "\n" : "");
            }
        }

        if (notes.MissingFeatures is { Count: > 0 } missing)
        {
            text.Append("\nWithout a value, taken as the average: ").AppendJoin(", ", missing).Append('.');
        }

        return text.ToString();
    }

    public static string Json(ModelDescription model, IReadOnlyList<Prediction> predictions, InputNotes notes) =>
        JsonSerializer.Serialize(Response(model, predictions, notes), ContractJson.Options);

    public static PredictResponse Response(ModelDescription model, IReadOnlyList<Prediction> predictions, InputNotes notes) => new()
    {
        Model = model.Model,
        Version = model.Version,
        Predictions = [.. predictions.Select(prediction => Row(model, prediction))],
        MissingFeatures = notes.MissingFeatures is { Count: > 0 } missing ? missing : null,
    };

    private static PredictedRow Row(ModelDescription model, Prediction prediction)
    {
        if (prediction.Probabilities is not { } probabilities)
        {
            return new PredictedRow { Prediction = JsonSerializer.SerializeToElement(prediction.Value) };
        }

        var classes = model.Architecture.Classes;
        return new PredictedRow
        {
            Prediction = JsonSerializer.SerializeToElement(classes[prediction.Class]),
            Probabilities = classes.Zip(probabilities).ToDictionary(pair => pair.First, pair => (double)pair.Second),
        };
    }

    private static void Single(StringBuilder text, ModelDescription model, Prediction prediction)
    {
        Short(text, model, prediction);
        if (prediction.Probabilities is { } probabilities)
        {
            var parts = model.Architecture.Classes.Zip(probabilities, (name, probability) => $"{name} {Shown(probability)}");
            text.Append("\nProbabilities: ").AppendJoin(", ", parts).Append('.');
        }
    }

    private static void Short(StringBuilder text, ModelDescription model, Prediction prediction)
    {
        if (prediction.Probabilities is { } probabilities)
        {
            text.Append(CultureInfo.InvariantCulture, $"{model.Architecture.Classes[prediction.Class]} (probability {Shown(probabilities[prediction.Class])})");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"{model.Target}: {prediction.Value:G6}");
        }
    }

    private static string Shown(float probability) => probability.ToString("0.000", CultureInfo.InvariantCulture);
}
