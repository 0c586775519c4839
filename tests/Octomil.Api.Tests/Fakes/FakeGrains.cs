using System.Collections.Concurrent;
using System.Reflection;

namespace Octomil.Fakes;

/// <summary>A grain factory that hands out what a test put there.</summary>
public sealed class FakeGrains
{
    private readonly ConcurrentDictionary<(Type Type, string Key), object> _grains = new();
    private readonly ConcurrentDictionary<Type, Func<string, object>> _others = new();

    public FakeGrains()
    {
        Factory = Proxy.Of<IGrainFactory>((method, arguments) => Get(method, arguments));
        Cluster = Proxy.Of<IClusterClient>((method, arguments) => method.Name == "get_ServiceProvider" ? Services! : Get(method, arguments));
    }

    public IGrainFactory Factory { get; }

    public IClusterClient Cluster { get; }

    public IServiceProvider? Services { get; set; }

    public TFake Put<TGrain, TFake>(string key, TFake grain)
        where TFake : class, TGrain
    {
        _grains[(typeof(TGrain), key)] = grain;
        return grain;
    }

    /// <summary>What stands for every key that no test put there.</summary>
    public void Otherwise<TGrain>(Func<string, TGrain> make)
        where TGrain : class => _others[typeof(TGrain)] = make;

    private object Get(MethodInfo method, object?[] arguments)
    {
        if (method.Name != "GetGrain" || !method.IsGenericMethod || arguments[0] is not string key)
        {
            throw new NotSupportedException(method.ToString());
        }

        var type = method.GetGenericArguments()[0];
        return _grains.GetOrAdd((type, key), _ => _others.TryGetValue(type, out var make)
            ? make(key)
            : throw new NotSupportedException($"No {type.Name} '{key}' was put there."));
    }
}
