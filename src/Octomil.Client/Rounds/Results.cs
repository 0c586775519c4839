using System.Globalization;

namespace Octomil.Client.Rounds;

/// <summary>The numbers of a training as people read them.</summary>
internal static class Results
{
    public static string Of(LocalResult result)
    {
        var parts = new[]
        {
            Part("loss", result.Loss),
            Part("hold-out loss of the base", result.EvalLoss),
            Part("hold-out accuracy of the base", result.EvalAccuracy),
        };
        var text = string.Join(", ", parts.OfType<string>());
        return text.Length > 0 ? text : "no metrics";
    }

    private static string? Part(string name, double? value) =>
        value is { } number ? string.Create(CultureInfo.InvariantCulture, $"{name} {number:0.####}") : null;
}
