using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace Octomil.Learning.Architectures;

/// <summary>Reads the fields of one JSON object; a refusal names the field with its path. A null counts as absent.</summary>
internal readonly struct JsonFields(JsonElement json, string path)
{
    public string Path(string name) => path + name;

    public bool Has(string name) => TryGet(name, out _);

    public bool TryGet(string name, out JsonElement value) =>
        json.TryGetProperty(name, out value) && value.ValueKind is not JsonValueKind.Null;

    public string Text(string name) => TryGet(name, out var value) ? TextOf(value, name) : throw Refuse(name, "given");

    public T Word<T>(string name, FrozenDictionary<string, T> words, string? absent = null)
    {
        var expected = string.Join(" or ", words.Keys.Order(StringComparer.Ordinal));
        var word = TryGet(name, out var value) ? (value.ValueKind is JsonValueKind.String ? value.GetString() : null) : absent;
        return word is not null && words.TryGetValue(word, out var known) ? known : throw Refuse(name, expected);
    }

    public int Number(string name, int atMost, int? absent = null)
    {
        if (!TryGet(name, out var value) && absent is not null)
        {
            return absent.Value;
        }

        return IsWhole(value, atMost, out var number) ? number : throw Refuse(name, $"a whole number from 1 to {atMost}");
    }

    public ImmutableArray<int> Numbers(string name, int atMost, int maxCount)
    {
        var expected = $"a list of at most {maxCount} whole numbers from 1 to {atMost}";
        if (!TryGet(name, out var value))
        {
            return [];
        }

        var numbers = ImmutableArray.CreateBuilder<int>();
        foreach (var item in Items(value, name, maxCount, expected))
        {
            numbers.Add(IsWhole(item, atMost, out var number) ? number : throw Refuse(name, expected));
        }

        return numbers.ToImmutable();
    }

    public ImmutableArray<string> Texts(string name, int maxCount, bool emptyAllowed = false)
    {
        var expected = $"a list of at most {maxCount} texts";
        if (!TryGet(name, out var value))
        {
            return [];
        }

        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(value, name, maxCount, expected))
        {
            texts.Add(TextOf(item, name, emptyAllowed));
        }

        return texts.ToImmutable();
    }

    public IEnumerable<JsonElement> Items(JsonElement value, string name, int maxCount, string expected) =>
        value.ValueKind is JsonValueKind.Array && value.GetArrayLength() <= maxCount ? value.EnumerateArray() : throw Refuse(name, expected);

    public ArchitectureException Refuse(string name, string expected) => new(Path(name), expected);

    private static bool IsWhole(JsonElement value, int atMost, out int number)
    {
        number = 0;
        return value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out number) && number >= 1 && number <= atMost;
    }

    private string TextOf(JsonElement value, string name, bool emptyAllowed = false)
    {
        var text = value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        return text is not null && text.Length <= ArchitectureLimits.TextLength && (emptyAllowed || text.AsSpan().Trim().Length > 0)
            ? text
            : throw Refuse(name, $"texts of at most {ArchitectureLimits.TextLength} characters{(emptyAllowed ? "" : ", not empty")}");
    }
}
