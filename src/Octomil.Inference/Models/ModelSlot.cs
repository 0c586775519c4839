namespace Octomil.Inference.Models;

/// <summary>
/// The model that answers now. A new one takes its place at once; requests that hold the old one finish with it, and it is closed
/// after the last of them.
/// </summary>
internal sealed class ModelSlot : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _served = new(StringComparer.Ordinal);
    private SharedModel? _current;

    /// <summary>The model in use; null before the first.</summary>
    public ModelDescription? Description
    {
        get
        {
            lock (_gate)
            {
                return _current?.Model.Description;
            }
        }
    }

    /// <summary>Whether the version answers, or has answered since the start.</summary>
    public bool HasServed(string version)
    {
        lock (_gate)
        {
            return _served.Contains(version);
        }
    }

    /// <summary>The model for one request.</summary>
    /// <exception cref="InferenceException">There is none yet.</exception>
    public ModelLease Acquire()
    {
        lock (_gate)
        {
            return _current?.Lease() ?? throw new InferenceException(503, "model_not_ready", "No version of the model is here yet. Try again in a moment.");
        }
    }

    /// <summary>Puts a model in; the slot owns it from here on.</summary>
    public void Replace(OnnxModel next)
    {
        SharedModel? before;
        lock (_gate)
        {
            (before, _current) = (_current, new SharedModel(next));
            _served.Add(next.Description.Version);
        }

        before?.Release();
    }

    public void Dispose()
    {
        SharedModel? last;
        lock (_gate)
        {
            (last, _current) = (_current, null);
        }

        last?.Release();
    }

    /// <summary>A model and how many hold it, the slot included.</summary>
    internal sealed class SharedModel(OnnxModel model)
    {
        private int _holders = 1;

        public OnnxModel Model { get; } = model;

        // Only under the slot's lock, while the slot itself holds the model: it cannot be closed here.
        public ModelLease Lease()
        {
            Interlocked.Increment(ref _holders);
            return new ModelLease(this);
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref _holders) == 0)
            {
                Model.Dispose();
            }
        }
    }
}
