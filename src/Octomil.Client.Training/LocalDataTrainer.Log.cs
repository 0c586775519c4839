using Microsoft.Extensions.Logging;

namespace Octomil.Client.Training;

public sealed partial class LocalDataTrainer
{
    [LoggerMessage(8100, LogLevel.Information, "Read {Rows} rows of {InputLength} numbers for {Model}")]
    private static partial void LogLoaded(ILogger logger, string model, int rows, int inputLength);

    [LoggerMessage(8101, LogLevel.Warning, "The data for {Model}: {Note}")]
    private static partial void LogNote(ILogger logger, string model, string note);
}
