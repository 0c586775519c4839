using System.Collections.Concurrent;
using Octomil.Learning.Architectures;
using Octomil.Learning.Architectures.Onnx;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;
using Octomil.Organizations;
using Octomil.Storage;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>
/// Weights in other formats than the stored one: made when they are first asked for, then kept beside it, so that they have a checksum and
/// can be downloaded in parts. The same weights always give the same bytes, so whoever makes them again makes no other file.
/// </summary>
internal sealed class WeightsFormats(IPayloadStore payloads, IGrainFactory grains) : IDisposable
{
    // Each conversion has the model in memory.
    private const int AtOnce = 2;

    // Files of runs are remembered here alone; a run has one for each round, so old ones are forgotten and made again if need be.
    private const int MostRemembered = 256;

    private readonly SemaphoreSlim _turns = new(AtOnce);
    private readonly ConcurrentDictionary<string, Lazy<Task<WeightsRef>>> _working = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, WeightsRef> _ofRuns = new(StringComparer.Ordinal);

    public async Task<Found<WeightsRef>> OfVersionAsync(Caller caller, ModelSnapshot model, ModelVersion version, string format)
    {
        if (format == ModelFormats.Safetensors || version.Formats.TryGetValue(format, out _))
        {
            return new Found<WeightsRef>(version.Formats.GetValueOrDefault(format) ?? version.Weights);
        }

        if (format == ModelFormats.Onnx && version.ArchitectureJson is null)
        {
            return new Found<WeightsRef>(ModelFormats.Unsupported(
                $"Version {version.Version} has no architecture, so there is no ONNX graph of it. Ask for {ModelFormats.Safetensors} or {ModelFormats.PyTorch}, or push it with an architecture."));
        }

        return await MadeAsync($"{model.Id}/{version.Version}/{format}", () => MakeAsync(caller, model, version, format));
    }

    /// <summary>The changing weights of a run, for devices that do not read safetensors.</summary>
    public async Task<Found<WeightsRef>> OfRunAsync(WeightsRef weights, string format)
    {
        if (format == ModelFormats.Safetensors)
        {
            return new Found<WeightsRef>(weights);
        }

        if (format == ModelFormats.Onnx)
        {
            return new Found<WeightsRef>(ModelFormats.Unsupported("The weights of a run in progress are no released version, and have no ONNX file. Ask for a version."));
        }

        var key = $"{weights.RunId}/{weights.Sha256}";
        return _ofRuns.TryGetValue(key, out var known) && await IsThereAsync(known)
            ? new Found<WeightsRef>(known)
            : await MadeAsync(key, async () => Remember(key, await ConvertAsync(weights, TorchArchiveWriter.WriteAsync)));
    }

    public void Dispose() => _turns.Dispose();

    private async Task<Found<WeightsRef>> MadeAsync(string key, Func<Task<WeightsRef>> make)
    {
        // Whoever asks meanwhile gets the same file.
        var working = _working.GetOrAdd(key, _ => new Lazy<Task<WeightsRef>>(make));
        try
        {
            return new Found<WeightsRef>(await working.Value);
        }
        catch (WeightsFormatException exception)
        {
            return new Found<WeightsRef>(ModelFormats.Unsupported(exception.Message));
        }
        finally
        {
            _working.TryRemove(new KeyValuePair<string, Lazy<Task<WeightsRef>>>(key, working));
        }
    }

    private async Task<WeightsRef> MakeAsync(Caller caller, ModelSnapshot model, ModelVersion version, string format)
    {
        Func<Stream, ModelWeights, CancellationToken, Task> write = format == ModelFormats.Onnx
            ? (stream, weights, token) => OnnxExport.WriteAsync(
                stream, Architecture.Parse(version.ArchitectureJson!), weights, (model.Description.Name, version.Version), token)
            : TorchArchiveWriter.WriteAsync;
        var file = await ConvertAsync(version.Weights, write);
        while (!await grains.GetWeights(file).RenewAsync(file))
        {
            // Collected just now, as a file that nothing named yet.
            file = await ConvertAsync(version.Weights, write);
        }

        // Deleted meanwhile: the file is served this once and collected later.
        return await grains.GetModel(model.Id).AddFormatAsync(caller.OrganizationId, version.Version, format, file) ?? file;
    }

    private async Task<WeightsRef> ConvertAsync(WeightsRef weights, Func<Stream, ModelWeights, CancellationToken, Task> write)
    {
        // Not of the request's making alone: others may wait for it too.
        await _turns.WaitAsync(CancellationToken.None);
        try
        {
            await using var stream = await payloads.OpenWeightsAsync(weights, CancellationToken.None);
            var model = await ModelWeights.LoadAsync(stream, CancellationToken.None);
            return await payloads.SaveWeightsAsync(weights.RunId, (output, token) => write(output, model, token), CancellationToken.None);
        }
        finally
        {
            _turns.Release();
        }
    }

    private WeightsRef Remember(string key, WeightsRef file)
    {
        if (_ofRuns.Count >= MostRemembered)
        {
            _ofRuns.Clear();
        }

        return _ofRuns[key] = file;
    }

    private async Task<bool> IsThereAsync(WeightsRef file)
    {
        try
        {
            await using var stream = await payloads.OpenWeightsAsync(file, CancellationToken.None);
            return true;
        }
        catch (PayloadMissingException)
        {
            return false;
        }
    }
}
