namespace Octomil.Training;

internal static class TrainingPaths
{
    public const string Sessions = "training/sessions";

    public const string Forecast = "training/forecast";

    public static string Status(string model) => ApiClient.Path($"training/{model}/status");

    public static string Events(string model) => ApiClient.Path($"training/{model}/events");

    public static string Command(string model, string command) => ApiClient.Path($"training/{model}/{command}");
}
