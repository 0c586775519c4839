using System.CommandLine;

namespace Octomil.Deployments;

internal static class RolloutPaths
{
    public static Argument<string> Model() => Inputs.Name("MODEL", "The model's name or id");

    public static string All(string model) => ApiClient.Path($"models/{model}/rollouts");

    public static string One(string model, string id) => ApiClient.Path($"models/{model}/rollouts/{id}");

    public static string Active(string model) => ApiClient.Path($"models/{model}/rollouts/active");

    public static string Command(string model, string id, string command) => ApiClient.Path($"models/{model}/rollouts/{id}/{command}");

    public static string Rollback(string model) => ApiClient.Path($"models/{model}/rollback");
}
