using System.Text;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>The names of records. None is ever used as a path; one that tries to be is refused all the same.</summary>
internal static class ZipNames
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Read(ReadOnlySpan<byte> raw)
    {
        if (raw.Length is 0 or > WeightsLayout.MaxNameLength)
        {
            throw ZipDirectory.Invalid($"The name of a record is empty or longer than {WeightsLayout.MaxNameLength} bytes. Save the weights again with torch.save.");
        }

        string name;
        try
        {
            name = _strict.GetString(raw);
        }
        catch (DecoderFallbackException exception)
        {
            throw new WeightsFormatException(WeightsErrors.InvalidArchive, "The name of a record of the PyTorch archive is not UTF-8. Save the weights again with torch.save.", null, exception);
        }

        return IsPlain(name)
            ? name
            : throw ZipDirectory.Invalid($"The record '{Shown(name)}' has a name that leads out of the archive. Save the weights again with torch.save.");
    }

    private static bool IsPlain(string name) =>
        !name.Any(character => char.IsControl(character) || character == '\\')
        && !(name.EndsWith('/') ? name[..^1] : name).Split('/').Any(part => part is "" or "." or "..");

    private static string Shown(string name) => LayoutRules.Shown(string.Concat(name.Select(character => char.IsControl(character) ? '?' : character)));
}
