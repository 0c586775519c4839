using System.Text.RegularExpressions;

namespace Octomil;

/// <summary>Checks the fields of a request and tells all that is wrong at once.</summary>
internal sealed partial class FieldChecks
{
    private const int MaxText = 1000;

    private readonly SortedDictionary<string, string> _errors = new(StringComparer.Ordinal);

    /// <summary>Null where everything was as it should be.</summary>
    public Refusal? Refusal => _errors.Count == 0
        ? null
        : Octomil.Refusal.Invalid(string.Join("; ", _errors.Select(error => $"{error.Key} {error.Value}")) + ".").With("errors", _errors);

    public FieldChecks Require(bool holds, string field, string rule)
    {
        if (!holds)
        {
            _errors.TryAdd(field, rule);
        }

        return this;
    }

    /// <summary>A name of a model, group or federation; the prefixes of ids are kept for ids.</summary>
    public FieldChecks Name(string field, string? name) => Require(
        name is not null && NamePattern().IsMatch(name) && !IdPattern().IsMatch(name), field,
        "must be 1 to 63 lower-case letters, digits, '.', '_' or '-', begin with a letter or digit, and not look like an id");

    /// <summary>A title for people, such as an organization's or a key's name.</summary>
    public FieldChecks Title(string field, string? title) => Require(
        title is { Length: >= 1 and <= 100 } && !string.IsNullOrWhiteSpace(title) && !title.Any(char.IsControl), field,
        "must be 1 to 100 characters without control characters");

    /// <summary>An e-mail address; whether it exists, nobody asks.</summary>
    public FieldChecks Email(string field, string? email) => Require(
        email is { Length: <= 254 } && EmailPattern().IsMatch(email.Trim()), field, "must be an e-mail address such as ada@example.org");

    public FieldChecks Role(string field, string? role) =>
        Require(role is not null && Organizations.Roles.All.Contains(role), field, $"must be one of {string.Join(", ", Organizations.Roles.All)}");

    /// <summary>A text that may be missing.</summary>
    public FieldChecks Text(string field, string? text) =>
        Require(text is null || text.Length <= MaxText, field, $"must be at most {MaxText} characters");

    public FieldChecks Range(string field, long? value, long least, long most) =>
        Require(value is null || (value >= least && value <= most), field, $"must be a whole number from {least} to {most}");

    public FieldChecks Page(int limit, int offset) =>
        Range("limit", limit, 1, 1000).Range("offset", offset, 0, int.MaxValue);

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,62}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[^@\\s\\p{C}/]{1,64}@[^@\\s\\p{C}/]{1,189}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex EmailPattern();

    [GeneratedRegex("^(org|mdl|fed|dev|run|rnd|key|exp)_", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
