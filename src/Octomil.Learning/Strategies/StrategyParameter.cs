using System.Globalization;

namespace Octomil.Learning.Strategies;

/// <summary>One parameter of a strategy: a number in a range, or one of some words.</summary>
internal sealed record StrategyParameter(string Name, string Default)
{
    private IReadOnlyList<string>? _words;
    private Func<double, bool>? _accepts;

    /// <summary>The values it may have, for messages.</summary>
    public string Range { get; private init; } = "";

    public static StrategyParameter OneOf(string name, params string[] words) =>
        new(name, words[0]) { _words = words, Range = string.Join(" or ", words) };

    /// <summary>From 0 to below 1: a decay.</summary>
    public static StrategyParameter Fraction(string name, double standard) =>
        Number(name, standard, "a number from 0 to below 1", value => value is >= 0 and < 1);

    /// <summary>Above 0, up to 1000: a learning rate and the like.</summary>
    public static StrategyParameter Positive(string name, double standard) =>
        Number(name, standard, "a number above 0, at most 1000", value => value is > 0 and <= 1000);

    /// <summary>From 0 up to 1000.</summary>
    public static StrategyParameter NonNegative(string name, double standard) =>
        Number(name, standard, "a number from 0 to 1000", value => value is >= 0 and <= 1000);

    /// <summary>From 0 to 5: an exponent.</summary>
    public static StrategyParameter UpToFive(string name, double standard) =>
        Number(name, standard, "a number from 0 to 5", value => value is >= 0 and <= 5);

    /// <summary>Above 0: the length of a vector; or the service finds one by itself.</summary>
    public static StrategyParameter Length(string name) =>
        Number(name, 1, "a number above 0, at most 1000000000", value => value is > 0 and <= 1e9).Or(Auto);

    /// <summary>A whole number in a range.</summary>
    public static StrategyParameter Whole(string name, int standard, int least, int most) =>
        Number(name, standard, $"a whole number from {least} to {most}", value => value >= least && value <= most && Math.Floor(value) == value);

    /// <summary>The word that stands for a value which the service finds by itself.</summary>
    public const string Auto = "auto";

    /// <summary>From 0 to below 1/2: a share that is cut on both sides.</summary>
    public static StrategyParameter HalfShare(string name, double standard) =>
        Number(name, standard, "a number from 0 to below 0.5", value => value is >= 0 and < 0.5);

    /// <summary>Another way to say a number is this word, which is the default.</summary>
    public StrategyParameter Or(string word) => this with { Default = word, Range = $"{Range}, or {word}", _words = [word] };

    /// <summary>The value in its normal form.</summary>
    /// <exception cref="StrategyException">It is outside the range.</exception>
    public string Normalize(string strategy, string value)
    {
        var trimmed = value.Trim();
        if (_words?.Contains(trimmed, StringComparer.Ordinal) == true)
        {
            return trimmed;
        }

        return _accepts is not null && double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && _accepts(number)
            ? Text(number)
            : throw new StrategyException($"The parameter '{Name}' of '{strategy}' must be {Range}.");
    }

    private static StrategyParameter Number(string name, double standard, string range, Func<double, bool> accepts) =>
        new(name, Text(standard)) { _accepts = accepts, Range = range };

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
