using System.Diagnostics.CodeAnalysis;

namespace Octomil;

/// <summary>What a name stood for, or the answer to a caller whose name stands for nothing.</summary>
internal sealed class Found<T>
    where T : class
{
    private readonly T? _value;
    private readonly Refusal? _refusal;

    public Found(T value) => _value = value;

    public Found(Refusal refusal) => _refusal = refusal;

    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        (value, refusal) = (_value, _refusal!);
        return value is not null;
    }
}
