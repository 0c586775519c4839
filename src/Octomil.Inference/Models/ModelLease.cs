namespace Octomil.Inference.Models;

/// <summary>One request's hold on a model. Disposed once, by whoever acquired it.</summary>
internal sealed class ModelLease(ModelSlot.SharedModel shared) : IDisposable
{
    public OnnxModel Model => shared.Model;

    public void Dispose() => shared.Release();
}
