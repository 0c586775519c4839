using System.CommandLine;
using System.Globalization;

namespace Octomil;

/// <summary><c>--wait</c> and <c>--timeout</c> of commands that begin something which goes on without them.</summary>
internal sealed class WaitOptions
{
    private readonly Option<bool> _wait;
    private readonly Option<TimeSpan?> _timeout = Inputs.Duration("--timeout", "How long to wait at most, as 90s, 10m or 2h; then exit code 3, and it goes on (default: for ever)");
    private readonly Option<bool>? _watch;

    /// <param name="until">What is waited for.</param>
    /// <param name="watch">What waits and shows, where the command has it.</param>
    public WaitOptions(string until, Option<bool>? watch = null)
    {
        _wait = new Option<bool>("--wait") { Description = $"Wait until {until}; the exit code says how it went" };
        _watch = watch;
    }

    /// <summary>Adds the options to the command; a time-out of nothing is the user's mistake.</summary>
    public Command AddTo(Command command)
    {
        command.With(_wait, _timeout).Validators.Add(result =>
        {
            if (result.GetResult(_timeout) is not null && !result.GetValue(_wait) && !(_watch is not null && result.GetValue(_watch)))
            {
                result.AddError($"--timeout goes with --wait{(_watch is null ? "" : " or --watch")}.");
            }
        });
        return command;
    }

    public bool IsWanted(ParseResult parse) => parse.GetValue(_wait);

    /// <summary>Waits, at most as long as was said.</summary>
    /// <exception cref="CommandFailureException">The time was over: exit code 3.</exception>
    public async Task<int> WithinAsync(
        ParseResult parse, CommandContext context, (string What, string Hint) said, Func<CancellationToken, Task<int>> wait, CancellationToken cancellationToken)
    {
        if (parse.GetValue(_timeout) is not { } atMost)
        {
            return await wait(cancellationToken);
        }

        using var limit = new CancellationTokenSource(atMost, context.Environment.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await wait(linked.Token);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailureException(ExitCodes.Timeout, string.Create(CultureInfo.InvariantCulture, $"{said.What} is not over after {atMost.TotalSeconds:0.###} s; it goes on."), said.Hint, exception);
        }
    }
}
