using System.CommandLine;

namespace Octomil.Deployments;

/// <summary><c>--wait</c> of what changes a rollout.</summary>
internal static class RolloutWaiting
{
    public const string Until = "every device reported, or of a part of them the first, or it was rolled back";

    public static (string What, string Hint) Said(string model) =>
        ($"The rollout of {Printable.Text(model)}", $"`octomil rollout status {Printable.Text(model)} --watch` follows it");

    /// <summary>Waits if that was asked for.</summary>
    public static Task<int> ForRolloutAsync(this WaitOptions wait, ParseResult parse, CommandContext context, string model, CancellationToken cancellationToken) => wait.IsWanted(parse)
        ? wait.WithinAsync(parse, context, Said(model), token => RolloutWatcher.WaitAsync(context, model, token), cancellationToken)
        : Task.FromResult(ExitCodes.Ok);
}
