using System.Reflection;

namespace Octomil.Fakes;

/// <summary>An interface whose every call goes to one function.</summary>
public class Proxy : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> _call = (method, _) => throw new NotSupportedException(method.ToString());

    public static T Of<T>(Func<MethodInfo, object?[], object?> call)
        where T : class
    {
        var proxy = Create<T, Proxy>();
        ((Proxy)(object)proxy)._call = call;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _call(targetMethod!, args ?? []);
}
