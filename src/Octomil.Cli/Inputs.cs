using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Octomil;

/// <summary>Options and arguments whose values are checked before anything is called.</summary>
internal static class Inputs
{
    public static Argument<string> Name(string name, string description) =>
        new(name) { Description = description, CustomParser = result => Checked(result, Values.CheckName) ?? "" };

    public static Argument<string> Title(string name, string description) =>
        new(name) { Description = description, CustomParser = result => Checked(result, Values.CheckTitle) ?? "" };

    public static Option<string?> NameOption(string name, string description, bool required = false) =>
        new(name) { Description = description, HelpName = "NAME", Required = required, CustomParser = result => Checked(result, Values.CheckName) };

    public static Option<string?> Text(string name, string description, string helpName = "TEXT") =>
        new(name) { Description = description, HelpName = helpName };

    public static Option<string[]> Many(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<int?> Whole(string name, string description, int least = 0, int most = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => (int?)Number(result, least, most),
    };

    public static Option<long?> Long(string name, string description, long least = 0) =>
        new(name) { Description = description, HelpName = "N", CustomParser = result => Number(result, least, long.MaxValue) };

    public static Option<double?> Real(string name, string description, double least, double most = double.MaxValue, bool above = false) => new(name)
    {
        Description = description,
        HelpName = "X",
        CustomParser = result => Parsed(result, text => Values.ParseReal(text, least, most, above)),
    };

    /// <summary>A part of a whole, as 0.2 or 20%.</summary>
    public static Option<double?> Fraction(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "F",
        CustomParser = result => Parsed(result, Values.ParseFraction),
    };

    /// <summary>A percentage, as 10 or 10%.</summary>
    public static Option<double?> Percentage(string name, string description, bool required = false) => new(name)
    {
        Description = description,
        HelpName = "P",
        Required = required,
        CustomParser = result => Parsed(result, Values.ParsePercentage),
    };

    /// <summary>A time span, as 90s, 10m or 2h.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result => Parsed(result, Values.ParseDuration),
    };

    /// <summary>Reads the single value of an option or argument; a message instead of a value is the user's error.</summary>
    public static T? Parsed<T>(ArgumentResult result, Func<string, (T Value, string? Error)> parse)
        where T : struct
    {
        var (value, error) = parse(result.Tokens[0].Value);
        if (error is not null)
        {
            result.AddError(About(result, error));
            return null;
        }

        return value;
    }

    public static string? Checked(ArgumentResult result, Func<string, string?> check)
    {
        var text = result.Tokens[0].Value;
        if (check(text) is { } error)
        {
            result.AddError(About(result, error));
        }

        return text;
    }

    private static string About(ArgumentResult result, string error) =>
        $"{(result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name}: {error}";

    private static long? Number(ArgumentResult result, long least, long most) => Parsed<long>(result, text =>
    {
        var range = most is int.MaxValue or long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"at least {least}")
            : string.Create(CultureInfo.InvariantCulture, $"{least} to {most}");
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? (number, null)
            : (0, $"'{text}' is not a whole number ({range}).");
    });
}
