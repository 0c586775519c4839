using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Octomil.Learning.Weights;

namespace Octomil.Training;

/// <summary>
/// The body of <c>POST /training/weights</c>, read where it lies: the base64 of the weights is decoded in place, so that an update is in
/// memory once. Unknown fields are skipped.
/// </summary>
internal sealed class PostedWeights
{
    public string ModelId { get; private set; } = "";

    public string DeviceId { get; private set; } = "";

    public string? RoundId { get; private set; }

    /// <summary>What the update says beside its values, as the device protocol names it.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal) { ["update_format"] = "weights" };

    /// <summary>The decoded weights: a part of the body's own memory.</summary>
    public Memory<byte> File { get; private set; }

    /// <param name="body">The whole body; overwritten where the base64 is.</param>
    public static Found<PostedWeights> Parse(Memory<byte> body)
    {
        var posted = new PostedWeights();
        try
        {
            return posted.Read(body) is { } refusal ? new Found<PostedWeights>(refusal) : new Found<PostedWeights>(posted);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader's own words may hold pieces of the body.
            return new Found<PostedWeights>(Refusal.Invalid("The body is not the JSON that this endpoint takes: an object with model_id, device_id, sample_count and weights_data."));
        }
    }

    private Refusal? Read(Memory<byte> body)
    {
        var json = new Utf8JsonReader(body.Span);
        var data = Range.All;
        var hasData = false;
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isData = json.ValueTextEquals("weights_data");
            var name = json.ValueSpan.Length <= 64 ? json.GetString()! : "";
            json.Read();
            if (isData && json.TokenType is JsonTokenType.String)
            {
                var start = (int)json.TokenStartIndex + 1;
                (data, hasData) = (start..(start + Unescape(ref json, body.Span[start..])), true);
            }
            else
            {
                Take(name, ref json);
            }
        }

        // Nothing may follow the object.
        _ = json.TokenType is JsonTokenType.EndObject && !json.Read() ? true : throw new JsonException();
        return Check(hasData) ?? Decode(body[data]);
    }

    // Escaping only lengthens, so the text has room where it is; "\/" is the one escape that base64 gives rise to.
    private static int Unescape(ref Utf8JsonReader json, Span<byte> place)
    {
        if (!json.ValueIsEscaped)
        {
            return json.ValueSpan.Length;
        }

        var text = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
        try
        {
            var length = json.CopyString(text);
            text.AsSpan(0, length).CopyTo(place);
            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    private void Take(string name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "model_id":
                ModelId = Text(ref json) ?? "";
                break;
            case "device_id":
                DeviceId = Text(ref json) ?? "";
                break;
            case "round_id":
                RoundId = Text(ref json) is { Length: > 0 } round ? round : null;
                break;
            case "update_format":
                Metadata["update_format"] = Text(ref json) ?? "weights";
                break;
            case "sample_count":
                Metadata["sample_count"] = json.TokenType is JsonTokenType.Number && json.TryGetInt64(out var count) ? count.ToString(CultureInfo.InvariantCulture) : "";
                break;
            case "metrics" when json.TokenType is JsonTokenType.StartObject:
                TakeMetrics(ref json);
                break;
            default:
                json.Skip();
                break;
        }
    }

    // Of metrics only the training loss has a place in a round; the hold-out behind the others is not known.
    private void TakeMetrics(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isLoss = json.ValueTextEquals("loss");
            json.Read();
            if (isLoss && json.TokenType is JsonTokenType.Number && json.TryGetDouble(out var loss) && double.IsFinite(loss))
            {
                Metadata["loss"] = loss.ToString("R", CultureInfo.InvariantCulture);
            }

            json.Skip();
        }
    }

    private static string? Text(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.String when json.ValueSpan.Length <= 1024 => json.GetString(),
        JsonTokenType.Null => null,
        _ => throw new JsonException(),
    };

    private Refusal? Check(bool hasData) => new FieldChecks()
        .Require(ModelId.Length is >= 1 and <= 128, "model_id", "must be the id or name of a model")
        .Require(DeviceId.Length is >= 1 and <= 128, "device_id", "must be the id or identifier of a device")
        .Require(Metadata.GetValueOrDefault("sample_count") is { Length: > 0 }, "sample_count", "must be a whole number of training examples")
        .Require(Metadata["update_format"] is "weights" or "delta", "update_format", "must be weights or delta")
        .Require(RoundId is null or { Length: <= 128 }, "round_id", "must be the id of a round, or missing")
        .Require(hasData, "weights_data", "must be the base64 of the weights")
        .Refusal;

    private Refusal? Decode(Memory<byte> text)
    {
        if (Base64.DecodeFromUtf8InPlace(text.Span, out var length) is not OperationStatus.Done)
        {
            return new Refusal(
                Microsoft.AspNetCore.Http.StatusCodes.Status422UnprocessableEntity, ErrorCodes.InvalidWeights, "weights_data is not base64. Send the base64 of a torch.save state_dict, or of a safetensors file.");
        }

        File = text[..length];
        try
        {
            UpdateFile.CheckStart(File.Span);
            return null;
        }
        catch (WeightsFormatException exception)
        {
            return Models.WeightsRefusals.Of(exception);
        }
    }
}
