using System.CommandLine;

namespace Octomil.Experiments;

internal static class ExperimentPaths
{
    public const string All = "experiments";

    public static Argument<string> Experiment() => Inputs.Name("NAME", "The experiment's name or id");

    public static string One(string experiment) => ApiClient.Path($"experiments/{experiment}");

    public static string Analytics(string experiment) => ApiClient.Path($"experiments/{experiment}/analytics");

    public static string Command(string experiment, string command) => ApiClient.Path($"experiments/{experiment}/{command}");
}
