using System.CommandLine;

namespace Octomil;

internal static class CommandExtensions
{
    /// <summary>What the command does; it ends with <see cref="ExitCodes.Ok"/> unless it throws.</summary>
    public static Command Runs(this Command command, CommandHost host, Func<ParseResult, CommandContext, CancellationToken, Task> work) =>
        command.RunsTo(host, async (parse, context, cancellationToken) =>
        {
            await work(parse, context, cancellationToken);
            return ExitCodes.Ok;
        });

    public static Command RunsTo(this Command command, CommandHost host, Func<ParseResult, CommandContext, CancellationToken, Task<int>> work)
    {
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var context = host.Open(parse);
            return await work(parse, context, cancellationToken);
        });
        return command;
    }

    public static Command With(this Command command, params Symbol[] symbols)
    {
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
                default:
                    command.Add((Command)symbol);
                    break;
            }
        }

        return command;
    }
}
