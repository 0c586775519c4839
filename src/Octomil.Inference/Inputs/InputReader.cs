using System.Text.Json;
using Octomil.Inference.Models;

namespace Octomil.Inference.Inputs;

/// <summary>Fills a batch from whatever a request holds: texts, JSON, images.</summary>
internal sealed class InputReader
{
    private readonly ModelDescription _model;
    private readonly RowReader? _rows;
    private readonly InputBatch _batch;

    public InputReader(ModelDescription model, InputBatch batch)
    {
        (_model, _batch) = (model, batch);
        _rows = model.Architecture.Image is null ? new RowReader(model) : null;
        Notes = new InputNotes(_rows);
    }

    public InputNotes Notes { get; }

    /// <summary>Takes the features in a message's text, if there are any.</summary>
    /// <exception cref="InferenceException">There are some that cannot be read.</exception>
    public void ReadText(string text)
    {
        if (_rows is null)
        {
            return;
        }

        using var json = JsonInText.Find(text);
        if (json is null)
        {
            new CsvRows(_rows, _batch, Notes).TryRead(text);
        }
        else
        {
            new JsonRows(_rows, _batch, Notes).Read(json.RootElement);
        }
    }

    /// <summary>Takes one or several rows as JSON: features, or data URIs of images.</summary>
    /// <exception cref="InferenceException">They cannot be read.</exception>
    public void ReadJson(JsonElement json)
    {
        if (_rows is not null)
        {
            new JsonRows(_rows, _batch, Notes).Read(json);
            return;
        }

        foreach (var image in json.ValueKind is JsonValueKind.Array ? json.EnumerateArray().AsEnumerable() : [json])
        {
            ReadImage(image.ValueKind is JsonValueKind.String
                ? image.GetString()!
                : throw InferenceException.Invalid("Each input of an image model is a data URI, such as data:image/png;base64,...", "inputs"));
        }
    }

    /// <exception cref="InferenceException">The model takes none, or this one cannot be read.</exception>
    public void ReadImage(string uri)
    {
        if (_model.Architecture.Image is not { } shape)
        {
            throw InferenceException.Invalid($"{_model.Model} takes features, not images. {_model.Expectation()}", "messages");
        }

        ImageInput.Read(uri, shape, _batch.Add());
    }
}
