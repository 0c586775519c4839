using Spectre.Console;

namespace Octomil.Models;

/// <summary>A progress bar on standard error while bytes go up or come down; nothing where no one looks.</summary>
internal static class Transfers
{
    public static Task<T> ShowAsync<T>(CommandContext context, string what, long? length, Func<Action<long>, Task<T>> transfer)
    {
        if (length is null || context.ErrorTerminal is not { } terminal)
        {
            return transfer(_ => { });
        }

        return terminal.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(),
                new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(Markup.Escape(Printable.Text(what)), maxValue: Math.Max(length.Value, 1));
                return await transfer(bytes => task.Value = bytes);
            });
    }
}
