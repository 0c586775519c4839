using System.Globalization;

namespace Octomil.Learning.Strategies;

/// <summary>The parameters of one strategy, all there and all checked.</summary>
internal sealed class StrategyArguments
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <exception cref="StrategyException">A parameter is not known, or its value is out of range.</exception>
    public StrategyArguments(IStrategyPolicy policy, IReadOnlyDictionary<string, string> given)
    {
        foreach (var parameter in policy.Parameters)
        {
            _values[parameter.Name] = parameter.Normalize(policy.Name, given.GetValueOrDefault(parameter.Name, parameter.Default));
        }

        foreach (var name in given.Keys.Where(name => !_values.ContainsKey(name)))
        {
            var known = string.Join(", ", policy.Parameters.Select(parameter => $"{parameter.Name} ({parameter.Range}; default {parameter.Default})"));
            throw new StrategyException($"The strategy '{policy.Name}' has no parameter '{name}'. {(known.Length > 0 ? $"It has: {known}." : "It has none.")}");
        }
    }

    /// <summary>All values in normal form.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    public double Number(string name) => double.Parse(_values[name], CultureInfo.InvariantCulture);

    /// <summary>Null where the value is a word.</summary>
    public double? NumberOrWord(string name) => double.TryParse(_values[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    public string Word(string name) => _values[name];
}
