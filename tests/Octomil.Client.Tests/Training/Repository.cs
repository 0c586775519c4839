namespace Octomil.Client.Tests.Training;

/// <summary>Files of the repository and of the data beside it.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Patients => Path.Combine(Root, "scripts", "data", "patients.csv");

    public static string Vectors(string name) => Path.Combine(Root, "tests", "Octomil.Client.Tests", "vectors", name);

    /// <summary>A file of the data that is not kept in the repository, or null.</summary>
    public static string? TestData(params string[] parts)
    {
        var folder = Environment.GetEnvironmentVariable("OCTOMIL_TEST_DATA") ?? Path.Combine(Root, "..", "shared", "data");
        var path = Path.Combine([folder, .. parts]);
        return Path.Exists(path) ? path : null;
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Octomil.Orleans.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder;
    }
}
