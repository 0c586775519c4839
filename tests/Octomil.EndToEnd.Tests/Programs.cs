namespace Octomil.EndToEnd;

/// <summary>The built programs, which the tests start as processes of their own.</summary>
internal static class Programs
{
    public static string Server { get; } = PathOf("Octomil.Server", "Octomil.Server");

    public static string Device { get; } = PathOf("Octomil.Device", "linux-x64/octomil-device");

    public static string Cli { get; } = PathOf("Octomil.Cli", "octomil");

    private static string PathOf(string project, string program) =>
        Path.Combine(Repository.Root, "src", project, "bin", Repository.Configuration, "net10.0", program);
}
