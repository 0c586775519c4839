using System.Text.RegularExpressions;
using Octomil.Training;

namespace Octomil.Storage.Payloads;

/// <summary>Where payloads are below their folder. Ids and names are checked here, so no path can lead out of it.</summary>
internal sealed partial class PayloadPaths(string root)
{
    public string Root => root;

    public string Temporary => Path.Combine(root, "tmp");

    public string Runs => Path.Combine(root, "runs");

    public string Rounds => Path.Combine(root, "rounds");

    public string Weights() => Path.Combine(root, "weights");

    public string Weights(string sha256, string? runId) => runId is null
        ? Path.Combine(Weights(), Checked(sha256, Hash())[..2], sha256)
        : Path.Combine(Run(runId), Checked(sha256, Hash()));

    public string Weights(WeightsRef weights) => Weights(weights.Sha256, weights.RunId);

    public string Run(string runId) => Path.Combine(Runs, Checked(runId, Id()));

    public string Round(string roundId) => Path.Combine(Rounds, Checked(roundId, Id()));

    /// <summary>The round's half of its key. Never the name of a checkpoint, which is hexadecimal.</summary>
    public string Key(string roundId) => Path.Combine(Round(roundId), "key");

    public string Checkpoint(CheckpointRef checkpoint) => Path.Combine(Round(checkpoint.RoundId), Checked(checkpoint.Name, Name()));

    private static string Checked(string text, Regex allowed) => allowed.IsMatch(text)
        ? text
        : throw new ArgumentException("This is no id or name of a payload.", nameof(text));

    [GeneratedRegex("^[a-z]{1,8}_[0-9a-z]{1,64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex("^[0-9a-f]{32}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex("^[0-9a-f]{64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hash();
}
